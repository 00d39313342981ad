package report

import (
	"encoding/json"
	"fmt"
	"time"

	"hokus.ai/tidewatch/lambda/internal/incident"
)

// storedText bounds the words that stand beside the stored form.
const storedText = 8 << 10

// Stored is a report as stores keep it.
func Stored(d Diagnosis, expires time.Time) (incident.Report, error) {
	body, err := json.Marshal(d)
	if err != nil {
		return incident.Report{}, fmt.Errorf("report %s cannot be written: %w", d.ID, err)
	}
	return incident.Report{ID: d.ID, Body: body, Text: cut(DiagnosisText(d), storedText), Expires: expires}, nil
}
