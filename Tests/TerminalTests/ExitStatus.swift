import Terminal

// Swift Testing has a type of that name too.
typealias ExitStatus = Terminal.ExitStatus
