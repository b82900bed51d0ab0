// Sends what is typed, as it comes: every input is noted in `pending` by the page that
// imports this, and sent at most every beat, each part by itself; what cannot be sent is
// tried again after ever longer pauses, and what is left when the page goes is sent while
// it goes. The page says how a part is sent, and what its answer means.
const beat = 1000;
const longest = 30000;

// unsure tells that nobody knows what became of what was sent.
export const unsure = (code) => code === 0 || code === 429 || code >= 500;

// words numbers what a page sends: a later word has a higher number, and it tells the time.
export function numbered() {
  let number = 0;
  return (page) => {
    number = Math.max(number + 1, Date.now());
    return `${page.split(".")[0]}.${number}`;
  };
}

// post sends a request and gives its status, 0 when there was no answer of ours.
export async function post(address, request) {
  try {
    const answer = await fetch(address, { method: "POST", ...request });
    return { code: answer.status, result: await answer.json() };
  } catch {
    return { code: 0, result: {} };
  }
}

// queue sends what stands in pending: send(part, body, keepalive) gives code and result,
// settle(part, body, code, result) hears of each that was answered, and report() of a
// change of state. leaves() tells whether what is left when the page goes goes otherwise.
export function queue({ pending, send, settle, report, leaves = () => false }) {
  const state = { offline: false, stopped: false, pause: beat };
  let running = null;
  let timer;

  function cancel() {
    clearTimeout(timer);
    timer = undefined;
  }

  function later(after = beat) {
    timer ??= setTimeout(() => {
      timer = undefined;
      void flush();
    }, after);
  }

  // flush sends what is pending now. What is noted meanwhile follows at the next beat,
  // what could not be sent after a pause.
  function flush() {
    running ??= round().finally(() => {
      running = null;
      if (pending.size && !state.stopped)
        later(state.offline ? state.pause : beat);
      if (state.offline) state.pause = Math.min(state.pause * 2, longest);
    });
    return running;
  }

  async function round() {
    for (const [part, body] of [...pending]) {
      if (pending.get(part) !== body) continue; // changed, or sent, while others were
      const { code, result } = await send(part, body, false);
      state.offline = unsure(code);
      state.stopped = code === 401;
      if (state.offline || state.stopped) {
        report();
        return; // 401 goes on when somebody signed in, in this or another tab
      }
      state.pause = beat;
      settle(part, body, code, result);
    }
  }

  // farewell sends what is left while the page goes. Should it not arrive, the browser
  // has it still.
  function farewell() {
    if (leaves()) return;
    for (const [part, body] of pending) {
      void send(part, body, true).then(({ code, result }) => {
        if (!unsure(code) && code !== 401) settle(part, body, code, result);
      });
    }
  }

  for (const name of ["online", "focus"]) {
    window.addEventListener(name, () => {
      state.pause = beat;
      state.stopped = false;
      void flush();
    });
  }
  window.addEventListener("pagehide", farewell);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") farewell();
  });
  return { state, flush, later, cancel };
}
