package till

// Other systems have this file.
func other() {}
