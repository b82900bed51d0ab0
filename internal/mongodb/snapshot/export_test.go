package snapshot

// Small makes queries ask for few documents at once, so that copying a little takes many.
func (c *Copying) Small(page int64, again int) *Copying {
	c.page, c.again = page, again
	return c
}
