package backup

// Full is what a failed write means.
func Full(path string, err error) error { return full(path, err) }
