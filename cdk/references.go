package main

import "hokus.ai/tidewatch/lambda/check"

// references are the names of secrets and parameters that a configuration
// refers to, each once and in order.
func references(file *check.Config) (secrets, parameters []string) {
	inSecrets, inParameters := map[string]bool{}, map[string]bool{}
	note := func(v check.Value) {
		switch ref := v.Secret; {
		case ref == nil:
		case ref.Store == "ssm":
			inParameters[ref.Name] = true
		default:
			inSecrets[ref.Name] = true
		}
	}
	for i := range file.Checks {
		c := &file.Checks[i]
		note(c.Body)
		if c.HTTP != nil {
			note(c.HTTP.Body)
			for _, h := range c.HTTP.Headers {
				note(h.Value)
			}
		}
		if o := c.Client.OAuth2; o != nil {
			note(o.ClientID)
			note(o.ClientSecret)
		}
	}
	return sortedKeys(inSecrets), sortedKeys(inParameters)
}
