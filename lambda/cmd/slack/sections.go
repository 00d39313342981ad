package main

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// head is what is read first: what users lose, and since when.
func (i *incident) head(n *notice) []element {
	at := n.At
	if n.Late != nil {
		at = n.Late.Told
	}
	parts := row("Users lose", i.UsersLose...)
	if since, end := clock(i.FirstFailure), clock(i.Recovered); n.Late != nil && end != "" {
		parts = append(row("Users lost", i.UsersLose...), row("Failed", "from "+since+" to "+end)...)
	} else if since != "" {
		text := since
		if d := at.Sub(i.FirstFailure.Time).Round(time.Minute); d >= time.Minute && d < 10000*time.Hour {
			text += ", " + span(d) + " before this message"
		}
		parts = append(parts, row("Since", text)...)
	}
	return append(parts, row("Deployment", i.Deployed)...)
}

// span is a duration of whole minutes.
func span(d time.Duration) string {
	if d < time.Hour {
		return fmt.Sprintf("%d min", d/time.Minute)
	}
	return strings.TrimSuffix(fmt.Sprintf("%d h %d min", d/time.Hour, d%time.Hour/time.Minute), " 0 min")
}

// maxItems is how many endpoints are shown with their sentences.
const maxItems = 5

// failing lists endpoints with what is wrong with each.
func failing(title string, endpoints []endpoint, more int) []element {
	if len(endpoints) == 0 {
		return nil
	}
	if !endpoints[0].Failing && title == "Failing" {
		title = "Good again"
	}
	if len(endpoints) > maxItems {
		more += len(endpoints) - maxItems
		endpoints = endpoints[:maxItems]
	}
	var items []element
	for _, e := range endpoints {
		parts := []element{link(e.URL, e.Key)}
		if e.Class != "" {
			parts = append(parts, space(), code(e.Class))
		}
		if e.Error != "" {
			parts = append(parts, element{Type: "text", Text: "\n" + cut(e.Error, maxText)})
		}
		items = append(items, paragraph(parts...))
	}
	if more > 0 {
		items = append(items, paragraph(say(fmt.Sprintf("…and %d more", more))))
	}
	return []element{paragraph(bold(title)), bullets(items)}
}

// mostLatent bounds the faults that nobody suffers from.
const mostLatent = 5

// unnoticed is what is wrong although nothing fails, and what to do first.
func unnoticed(all []latent, more int) []element {
	if len(all) == 0 {
		return nil
	}
	shown := all[:min(len(all), mostLatent)]
	more += len(all) - len(shown)
	var items []element
	for _, l := range shown {
		parts := []element{bold(cmp.Or(l.Title, "fault"))}
		if since := clock(l.Since); since != "" {
			parts = append(parts, space(), say("since "+since))
		}
		for _, line := range [][2]string{{"\n", l.Sentence}, {"\nDo: ", l.Do}} {
			if line[1] != "" {
				parts = append(parts, element{Type: "text", Text: line[0] + cut(line[1], maxText)})
			}
		}
		items = append(items, paragraph(parts...))
	}
	if more > 0 {
		items = append(items, paragraph(say(fmt.Sprintf("…and %d more", more))))
	}
	return []element{paragraph(bold("Not noticed yet")), bullets(items)}
}

// context is what may explain the incident.
func (i *incident) context() []element {
	parts := row("Failing too, because they depend on these", strings.Join(i.Dependents, ", "))
	var said []string
	for _, n := range i.News {
		said = append(said, strings.TrimSpace(fmt.Sprintf("%s (%d times) %s", n.Name, n.Count, n.Reason)))
	}
	parts = append(parts, row("What ECS says", said...)...)
	parts = append(parts, row("Also open", names(i.AlsoOpen)...)...)
	return append(parts, row("Note", i.Description...)...)
}

// next is what to do.
func (i *incident) next() []element {
	if i.State == "resolved" {
		return nil
	}
	parts := append(row("Do first", i.FirstAction), row("Owner", i.Owners...)...)
	return append(parts, row("Acknowledged by", i.AcknowledgedBy)...)
}

// runbooks are what to read about it. They stand alone, so that what to do
// first is not left out with them where they are long.
func (i *incident) runbooks(more int) []element {
	if i.State == "resolved" {
		return nil
	}
	var parts []element
	for _, r := range i.Runbooks[:min(len(i.Runbooks), maxItems)] {
		parts = append(parts, paragraph(label("Runbook"), link(r, r)))
	}
	if more += len(i.Runbooks) - len(parts); more > 0 {
		parts = append(parts, paragraph(say(fmt.Sprintf("…and %d more", more))))
	}
	return parts
}

// names are other incidents, each in one line.
func names(open []other) []string {
	var all []string
	for _, o := range open {
		all = append(all, strings.TrimSpace(strings.Join(without([]string{o.Severity, o.ID, o.Title}, ""), " ")))
	}
	return all
}

// head is what was deployed and how that ended.
func (d *deployment) head() []element {
	parts := row("Service", d.Service)
	parts = append(parts, row("Deployment", d.ID, d.Status)...)
	return append(parts, row("ECS says", d.Reason)...)
}

// head is the day in numbers.
func (s *summary) head() []element {
	parts := row("Up", percent("24 h", s.Uptime.Day), percent("7 days", s.Uptime.Week), percent("30 days", s.Uptime.Month))
	parts = append(parts, row("Endpoints", strconv.Itoa(s.Endpoints))...)
	parts = append(parts, row("Resolved in 24 h", strconv.Itoa(s.Resolved))...)
	var lowest []string
	for _, w := range s.Worst {
		lowest = append(lowest, strings.TrimSpace(w.Key+" "+percent("24 h", w.Uptime.Day)))
	}
	parts = append(parts, row("Least up", lowest...)...)
	return append(parts, row("Open", names(s.Open)...)...)
}

// percent is a share of time; it is never rounded up to 100.
func percent(over string, share *float64) string {
	if share == nil {
		return ""
	}
	text := strconv.FormatFloat(*share, 'f', 4, 64)
	if *share < 100 && text == "100.0000" {
		text = "99.9999"
	}
	if dot := strings.IndexByte(text, '.'); dot >= 0 {
		text = strings.TrimRight(strings.TrimRight(text[:dot+3], "0"), ".")
	}
	return text + " % in " + over
}
