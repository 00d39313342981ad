package probe

import (
	"encoding/binary"
	"errors"
)

// The two messages of grpc.health.v1 are written and read by hand: each has one
// field, and a protobuf library would be many times the size of this program's
// other probes.

// healthRequest is a framed HealthCheckRequest{service: name}: one byte for "not
// compressed", four for the length, and field 1 unless it is empty.
func healthRequest(service string) []byte {
	var message []byte
	if service != "" {
		message = append(message, 1<<3|2)
		message = binary.AppendUvarint(message, uint64(len(service)))
		message = append(message, service...)
	}
	framed := binary.BigEndian.AppendUint32([]byte{0}, uint32(len(message)))
	return append(framed, message...)
}

const frameHead = 5

var (
	errNoMessage  = errors.New("it holds no message")
	errCompressed = errors.New("its message is compressed, although that was not offered")
	errLength     = errors.New("its length is wrong")
	errMessage    = errors.New("its message cannot be decoded")
)

// parseHealth returns the status of a framed HealthCheckResponse, which is 0
// where the field is missing.
func parseHealth(framed []byte) (uint64, error) {
	switch {
	case len(framed) == 0:
		return 0, errNoMessage
	case len(framed) < frameHead:
		return 0, errLength
	case framed[0] != 0:
		return 0, errCompressed
	}
	message := framed[frameHead:]
	if uint64(binary.BigEndian.Uint32(framed[1:])) != uint64(len(message)) {
		return 0, errLength
	}
	var status uint64
	for len(message) > 0 {
		number, value, rest, err := nextField(message)
		if err != nil {
			return 0, err
		}
		if number == 1 {
			status = value
		}
		message = rest
	}
	return status, nil
}

// nextField reads one protobuf field. value is that of a varint; fields of
// other types, which a later version of the message may have, are skipped.
func nextField(message []byte) (number, value uint64, rest []byte, err error) {
	key, n := binary.Uvarint(message)
	if n <= 0 || key>>3 == 0 {
		return 0, 0, nil, errMessage
	}
	number, rest = key>>3, message[n:]
	skip := uint64(0)
	switch key & 7 {
	case 0:
		if value, n = binary.Uvarint(rest); n <= 0 {
			return 0, 0, nil, errMessage
		}
		return number, value, rest[n:], nil
	case 1:
		skip = 8
	case 2:
		if skip, n = binary.Uvarint(rest); n <= 0 {
			return 0, 0, nil, errMessage
		}
		rest = rest[n:]
	case 5:
		skip = 4
	default:
		return 0, 0, nil, errMessage
	}
	if skip > uint64(len(rest)) || number == 1 {
		return 0, 0, nil, errMessage
	}
	return number, 0, rest[skip:], nil
}
