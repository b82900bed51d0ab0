package mongod

import "syscall"

// endWithParent lets the kernel stop the server when we are gone, however we ended.
func endWithParent(attr *syscall.SysProcAttr) { attr.Pdeathsig = syscall.SIGTERM }
