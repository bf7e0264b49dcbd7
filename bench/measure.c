/* Runs a command and tells what it took.
 *
 *   measure DESCRIPTOR COMMAND...    writes to DESCRIPTOR: processor seconds, wall seconds, peak bytes, exit status
 *
 * A process's peak memory counts that of the process that it was forked from, so whoever forks must be small.
 */
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

extern char **environ;

static volatile pid_t child;

/* Whoever measures has ended: nobody waits for the command any more. */
static void end_child(int number) {
    (void)number;
    if (child > 0) kill(child, SIGKILL);
}

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double span(struct timeval time) { return (double)time.tv_sec + (double)time.tv_usec / 1e6; }

int main(int count, char **arguments) {
    if (count < 3) return 64;
    int status;
    pid_t spawned;
    struct rusage usage;
    signal(SIGTERM, end_child);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    double start = seconds();
    if (posix_spawnp(&spawned, arguments[2], NULL, NULL, arguments + 2, environ) != 0) return 127;
    child = spawned;
    if (wait4(spawned, &status, 0, &usage) != spawned) return 1;
    double wall = seconds() - start;
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    dprintf(
        atoi(arguments[1]), "%.6f %.6f %ld %d\n", span(usage.ru_utime) + span(usage.ru_stime), wall,
        usage.ru_maxrss * 1024, code);
    return code;
}
