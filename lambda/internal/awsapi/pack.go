package awsapi

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"

	"hokus.ai/tidewatch/lambda/internal/incident"
)

// maxUnpacked bounds what an item may become, in case it is not ours.
const maxUnpacked = 64 << 20

// pack is the JSON of v, compressed: writes are billed by size.
func pack(v any) ([]byte, error) {
	var b bytes.Buffer
	compressor := gzip.NewWriter(&b)
	if err := json.NewEncoder(compressor).Encode(v); err != nil {
		return nil, err
	}
	if err := compressor.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func unpack(a attribute) ([]byte, error) {
	packed := scalarOf(a).B
	if packed == nil {
		return nil, fmt.Errorf("%w: its attribute %s is not binary", incident.ErrDamaged, attrData)
	}
	stream, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, fmt.Errorf("%w: its attribute %s is not compressed", incident.ErrDamaged, attrData)
	}
	text, err := io.ReadAll(io.LimitReader(stream, maxUnpacked+1))
	if err != nil {
		return nil, fmt.Errorf("%w: its attribute %s cannot be unpacked: %w", incident.ErrDamaged, attrData, err)
	}
	if len(text) > maxUnpacked {
		return nil, fmt.Errorf("%w: its attribute %s unpacks to more than %d MB", incident.ErrDamaged, attrData, maxUnpacked>>20)
	}
	return text, nil
}
