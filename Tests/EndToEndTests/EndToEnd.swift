import Testing

/// All tests that run the built program against real servers.
@Suite struct EndToEnd {}
