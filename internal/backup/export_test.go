package backup

// Full is what a failed write means.
func Full(path string, err error) error { return full(path, err) }

// NoFolder is what a file means that cannot be begun.
func NoFolder(dir string, err error) error { return noFolder(dir, err) }
