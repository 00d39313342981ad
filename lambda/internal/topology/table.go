package topology

// Table holds the facts of one kind, by the key of the Want that asks for them.
type Table[T any] map[string]Fact[T]

// Of returns the fact for a key; one that is pending if nobody asked.
func (t Table[T]) Of(key string) Fact[T] { return t[key] }

func (t Table[T]) status(key string) Status { return t[key].Status }

// give notes a status without a value.
func (t *Table[T]) give(key string, s Status) {
	if *t == nil {
		*t = Table[T]{}
	}
	(*t)[key] = Fact[T]{Status: s}
}

// take copies a fact from a table of the same kind.
func (t *Table[T]) take(from table, key string) bool {
	other, ok := from.(*Table[T])
	if !ok || other.Of(key).Pending() {
		return false
	}
	t.Put(key, other.Of(key))
	return true
}

// Put keeps a fact.
func (t *Table[T]) Put(key string, f Fact[T]) {
	if *t == nil {
		*t = Table[T]{}
	}
	(*t)[key] = f
}
