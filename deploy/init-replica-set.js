// Makes the set and its user once; run again, it changes nothing.
const fs = require("fs");
const password = fs.readFileSync("/run/secrets/mongo-password", "utf8").trim();
try {
  db.getSiblingDB("admin").auth("tsunagi", password);
  print("the set and its user exist");
} catch {
  try {
    rs.initiate({ _id: "rs0", members: ["mongo1", "mongo2", "mongo3"].map((host, i) => ({ _id: i, host: `${host}:27017` })) });
  } catch (e) {
    if (e.codeName !== "AlreadyInitialized") throw e;
  }
  while (!db.hello().isWritablePrimary) sleep(500);
  db.getSiblingDB("admin").createUser({ user: "tsunagi", pwd: password, roles: ["readWriteAnyDatabase", "clusterMonitor"] });
}
