package notify

import "testing"

func TestTells(t *testing.T) {
	for words, want := range map[string]Told{
		"": "",
		"450 4.7.1 Greylisted, see http://postgrey.example":                                ToldGreylisted,
		"553 5.1.8 sender not allowed":                                                     ToldSender,
		"553 5.7.1 <a@example.com>: Sender address rejected: not owned by user survey":     ToldSender,
		"550 5.4.5 Daily user sending quota exceeded. test - gsmtp":                        ToldQuota,
		"554 5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceededException":         ToldQuota,
		"550 5.1.90 reached your daily limit for message recipients":                       ToldQuota,
		"552 5.2.2 mailbox full":                                                           ToldFull,
		"452 4.2.2 The email account that you tried to reach is over quota":                ToldFull,
		"552 5.3.4 Message size exceeds fixed limit":                                       ToldTooLarge,
		"554 5.7.1 <a@example.jp>: Relay access denied":                                    ToldRelay,
		"530 5.7.0 Authentication required":                                                ToldRelay,
		"535 5.7.8 authentication failed":                                                  ToldRelay,
		"504 5.5.2 <localhost>: Helo command rejected: need fully-qualified hostname":      ToldRelay,
		"550 5.2.1 mailbox disabled":                                                       ToldDisabled,
		"554 5.7.1 Message rejected as spam":                                               ToldBlocked,
		"554 5.7.1 Service unavailable; Client host blocked using zen.spamhaus.org":        ToldBlocked,
		"550 5.7.26 unauthenticated mail is not accepted (DMARC)":                          ToldRelay, // it wants us to prove who we are
		"550 5.7.1 refused by policy":                                                      ToldBlocked,
		"550 5.1.1 <a@example.jp>: Recipient address rejected: User unknown":               ToldAddress,
		"550 #5.1.0 Address rejected.":                                                     ToldAddress,
		"550 5.4.1 Recipient address rejected: Access denied.":                             ToldAddress,
		"550 No such user here":                                                            ToldAddress,
		"556 5.1.10 recipient's domain takes no mail":                                      ToldAddress,
		"451 4.4.1 Connection timed out with mx.example.jp":                                ToldOtherSilent,
		"421 4.7.0 too many connections":                                                   ToldLater,
		"450 later":                                                                        ToldLater,
		"452 4.3.1 Insufficient system storage":                                            ToldLater,
		"554 Transaction failed":                                                           ToldRefused,
		"354 go on":                                                                        ToldRefused,
		"read tcp 127.0.0.1:40000->127.0.0.1:25: i/o timeout":                              ToldSilent,
		"context deadline exceeded":                                                        ToldSilent,
		"dial tcp 127.0.0.1:25: connect: connection refused":                               ToldAway,
		"dial tcp: lookup mail.example.jp: no such host":                                   ToldAway,
		"tls: failed to verify certificate: x509: certificate signed by unknown authority": ToldInsecure,
		"read tcp 127.0.0.1:40000->127.0.0.1:25: read: connection reset by peer":           ToldBroken,
		"EOF":                                    ToldBroken,
		"broken off, because this process stops": ToldBroken,
	} {
		if got := Tells(words); got != want {
			t.Errorf("%q tells %q, want %q", words, got, want)
		}
	}
	if got := (Message{Reply: "550 5.1.1 no"}).Told(); got != ToldAddress {
		t.Errorf("a message tells %q", got)
	}
	if got := (FailureGroup{Words: "552 5.2.2 full"}).Told(); got != ToldFull {
		t.Errorf("a group tells %q", got)
	}
}
