package main

import (
	"fmt"
	"time"
)

// refusal says why a message was not taken.
type refusal struct {
	status    int    // of HTTP; 0: there was no answer
	word      string // of Slack; "": it gave none
	problem   string // where there was no answer
	temporary bool
	after     time.Duration // how long Slack wants to be left alone
}

// hints are what to do about Slack's words.
var hints = map[string]string{
	"invalid_payload":                   "Slack does not take its form; that is a fault of this function",
	"invalid_blocks":                    "Slack does not take its form; that is a fault of this function",
	"invalid_token":                     "the URL is not right any more; make a new webhook and put its URL into the secret",
	"no_active_hooks":                   "the webhook is switched off; make a new one and put its URL into the secret",
	"no_service":                        "the webhook was removed; make a new one and put its URL into the secret",
	"no_service_id":                     "the URL is cut off; put the whole URL of the webhook into the secret",
	"no_team":                           "the workspace is gone, or the URL is cut off; put the whole URL of the webhook into the secret",
	"team_disabled":                     "the workspace is disabled",
	"user_not_found":                    "the user that the webhook posts to is gone; make a new webhook",
	"channel_not_found":                 "the channel is gone; make a new webhook and put its URL into the secret",
	"channel_is_archived":               "the channel is archived; restore it, or make a webhook for another",
	"action_prohibited":                 "an administrator has restricted who may post; ask them",
	"posting_to_general_channel_denied": "only some may post to the general channel; make a webhook for another",
}

// Error says what happened and what to do.
func (r *refusal) Error() string {
	switch {
	case r.problem != "":
		return r.problem
	case r.status == 429:
		return fmt.Sprintf("Slack answered 429: there are too many messages (it asks to wait %v)", r.after)
	case r.status >= 500:
		return fmt.Sprintf("Slack answered %d: it has a problem itself", r.status)
	case r.status >= 300 && r.status < 400:
		return fmt.Sprintf("the webhook answered %d, a redirect, which is not followed; expected the URL that Slack gave", r.status)
	}
	text := fmt.Sprintf("Slack refused it with %d", r.status)
	if r.word != "" {
		text += " " + r.word
	}
	if hint := hints[r.word]; hint != "" {
		return text + ": " + hint
	}
	return text + "; see whether the webhook still exists"
}

// passing reports whether it may pass by itself.
func (r *refusal) passing() bool { return r.temporary || r.status == 429 || r.status >= 500 }

// blocks reports whether the form of the message was refused, and not the
// message. Slack has more words for that than are known here, so every word
// counts that is not known to mean something else.
func (r *refusal) blocks() bool {
	return r.status == 400 && (r.word == "invalid_blocks" || r.word == "invalid_payload" || hints[r.word] == "")
}

// gone reports whether the URL is no webhook any more: somebody may have put
// another into the secret.
func (r *refusal) gone() bool { return r.status == 403 || r.status == 404 || r.status == 410 }
