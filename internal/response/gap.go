package response

// Gap is a question with the number of suppliers that do not do what it asks for.
type Gap struct {
	Question string `bson:"_id"`
	N        int    `bson:"n"`
}
