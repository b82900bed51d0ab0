package control

import (
	"fmt"
	"net"
	"syscall"
)

// caller is the user who calls, as the system knows it.
func caller(c *net.UnixConn) (uid int, err error) {
	raw, err := c.SyscallConn()
	if err != nil {
		return 0, fmt.Errorf("ask who calls: %w", err)
	}
	var who *syscall.Ucred
	var asked error
	err = raw.Control(func(fd uintptr) {
		who, asked = syscall.GetsockoptUcred(int(fd), syscall.SOL_SOCKET, syscall.SO_PEERCRED)
	})
	if err == nil {
		err = asked
	}
	if err != nil {
		return 0, fmt.Errorf("ask who calls: %w", err)
	}
	return int(who.Uid), nil
}
