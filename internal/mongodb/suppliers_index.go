package mongodb

import "go.mongodb.org/mongo-driver/v2/mongo"

// supplierIndexes serve the directory's lists (by kana, code, newest), its search
// by grams, and the audience filters.
func supplierIndexes() []mongo.IndexModel {
	return []mongo.IndexModel{
		unique(index(fieldOrg, fieldCode)),
		index(fieldOrg, fieldCodeKey),
		index(fieldOrg, fieldCorporateNumber),
		index(fieldOrg, fieldKana, fieldID),
		index(fieldOrg, fieldID), // the order in which a campaign asks
		index(fieldOrg, fieldSearch),
		index(fieldOrg, fieldTags, fieldID),
		index(fieldOrg, fieldTier, fieldID),
	}
}

func importIndexes() []mongo.IndexModel {
	return []mongo.IndexModel{index(fieldOrg, "-"+fieldID), expiring()}
}

func partIndexes() []mongo.IndexModel {
	return []mongo.IndexModel{index(fieldOrg, fieldImport, fieldID), expiring()}
}

func shapeIndexes() []mongo.IndexModel {
	return []mongo.IndexModel{index(fieldOrg, fieldKey), expiring()}
}
