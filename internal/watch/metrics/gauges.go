package metrics

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"

	"tsunagi/internal/watch"
)

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("tsunagi_"+name, help, labels, nil)
}

// What is told of the installation, the same by every process of it.
var (
	ready      = describe("ready", "1 while people may be sent here.")
	up         = describe("database_up", "1 while the database takes writes.")
	mails      = describe("mails", "Mails by state: due may leave now, later waits for its time or is being sent, failed was given up. 20000 means that or more.", "state")
	mailAge    = describe("mail_oldest_due_seconds", "Since when the mail that waits the longest could have left.")
	paused     = describe("mail_paused_seconds", "Since when no mail leaves because of what the mail server answers; 0 while mail leaves.")
	jobDepth   = describe("jobs", "Jobs by kind and state: due may be begun now, later runs or waits for its time, failed was given up.", "kind", "state")
	jobAge     = describe("job_oldest_due_seconds", "Since when the job of a kind that waits the longest could have been begun.", "kind")
	sealLag    = describe("seal_lag_seconds", "Since when the oldest entry of the audit trail waits to be sealed.")
	backupAge  = describe("backup_age_seconds", "How old the last good backup is. Not there when there is none.")
	backupSize = describe("backup_size_bytes", "How large the last good backup is.")
	backupBad  = describe("backup_failed", "1 when the last backup that ended failed.")
	disk       = describe("disk_free_bytes", "Bytes left for us on a disk: that of --data, or of the database.", "disk")
)

// gauges tells how the installation is when it is asked.
type gauges struct {
	now func(context.Context) watch.Gauges
}

// Describe implements prometheus.Collector.
func (gauges) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{ready, up, mails, mailAge, paused, jobDepth, jobAge, sealLag, backupAge, backupSize, backupBad, disk} {
		ch <- d
	}
}

// Collect implements prometheus.Collector. What cannot be counted is left out: a queue of
// which nobody knows is no empty one.
func (g gauges) Collect(ch chan<- prometheus.Metric) {
	now := g.now(context.Background())
	tell := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	tell(ready, number(now.Ready))
	tell(up, number(now.Up))
	for name, free := range now.Free {
		tell(disk, float64(free), name)
	}
	if !now.Counted {
		return
	}
	f := now.Figures
	for _, d := range f.Mails {
		tell(mails, float64(d.N), d.State)
		if d.State == watch.Due {
			tell(mailAge, d.Age.Seconds())
		}
	}
	for _, d := range f.Jobs {
		tell(jobDepth, float64(d.N), d.Kind, d.State)
		if d.State == watch.Due {
			tell(jobAge, d.Age.Seconds(), d.Kind)
		}
	}
	tell(paused, f.Paused.Seconds())
	tell(sealLag, f.SealLag.Seconds())
	tell(backupBad, number(f.Backup.Failed))
	if f.Backup.Known {
		tell(backupAge, f.Backup.Age.Seconds())
		tell(backupSize, float64(f.Backup.Size))
	}
}

func number(is bool) float64 {
	if is {
		return 1
	}
	return 0
}
