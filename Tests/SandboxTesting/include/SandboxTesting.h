/// Calls that a process tries which has given up what `Sandbox.h` lets it give up.
#pragma once

/// How much a process gives up before it tries.
enum sandbox_layer { sandbox_nothing, sandbox_files, sandbox_everything };

/// The name of a call that is tried; NULL behind the last one.
const char *sandbox_call_name(int call);

/// Whether a process that only computes needs it.
int sandbox_call_is_allowed(int call);

/// What became of the call in a process of its own: 0, its errno, or 1000 and the signal that ended the process.
///
/// - file: one that is there, by its path; it is another's to read and write.
/// - victim: another process of this user.
int sandbox_outcome(enum sandbox_layer layer, int call, const char *file, int victim);
