//go:build !linux

package mongod

import "syscall"

// endWithParent does nothing where no kernel offers it: the next start stops the server
// that was left behind.
func endWithParent(*syscall.SysProcAttr) {}
