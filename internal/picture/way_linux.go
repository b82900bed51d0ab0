package picture

import "syscall"

// ownGroup puts the child into a process group of its own: so all of its threads can be
// spoken to, those that it starts first too.
var ownGroup = &syscall.SysProcAttr{Setpgid: true}

// way is how far the child gives way to pages, saves and the database beside it (nice).
const way = 10

// giveWay lets the child have the processor when nobody else wants it: files are looked
// into while people wait for their answers to be saved.
func giveWay(pid int) error {
	raw, err := syscall.Getpriority(syscall.PRIO_PROCESS, 0) // the system gives 20 less the nice value
	if err != nil {
		return err
	}
	return syscall.Setpriority(syscall.PRIO_PGRP, pid, min(19, 20-raw+way))
}
