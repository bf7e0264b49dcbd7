import Testing

/// All tests that run the built program against real servers: a few at a time, since each keeps several
/// processes at work.
@Suite(.fewAtATime) struct EndToEnd {}
