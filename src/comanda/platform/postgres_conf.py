"""The settings that the embedded PostgreSQL runs with, written anew at every start."""

from pathlib import Path

import psutil

PORT = 5432
"""Names the socket (`.s.PGSQL.5432`); nothing listens on the network."""

MAX_CONNECTIONS = 150
"""Enough for one process of all services, with a few of each dialect and command beside it."""

_MEGABYTE = 1024 * 1024

_SETTINGS = """\
# Written by Comanda at every start: changes here are lost. `alter system set …` is kept, and wins.

# What initdb found out about this system.
include 'postgresql.conf'

# Reached through a private socket only.
listen_addresses = ''
port = {port}
unix_socket_directories = '{socket_dir}'
unix_socket_permissions = 0700
max_connections = {max_connections}
cluster_name = 'comanda'

# Passwords are 256 random bits: stretching them would cost every connection and gain nothing.
password_encryption = 'scram-sha-256'
scram_iterations = 1

# After the crash of a session we start it anew, as after any other: the start-over that it makes by itself never
# ends when it is asked to stop meanwhile.
restart_after_crash = off

# What was answered is on disk.
fsync = {durable}
synchronous_commit = {durable}
full_page_writes = {durable}
wal_compression = off
max_wal_size = 4GB
checkpoint_timeout = 15min

# One machine shared with the services.
shared_buffers = {shared_buffers}MB
effective_cache_size = {effective_cache_size}MB
huge_pages = off
jit = off
random_page_cost = 1.1
track_io_timing = off
update_process_title = off

# Order rows change a dozen times in a second: tidy little and often, so that the tables stay small.
autovacuum_naptime = 5s
autovacuum_vacuum_scale_factor = 0.05
autovacuum_vacuum_threshold = 500
autovacuum_analyze_scale_factor = 0.05
autovacuum_analyze_threshold = 250
autovacuum_vacuum_cost_limit = 2000

# Rows are found by their keys: a quarter of the usual sample says enough, and is taken often.
default_statistics_target = 25

# Times are UTC, words English. Rows (DETAIL) may hold personal data and stay out of the log.
timezone = 'UTC'
log_timezone = 'UTC'
lc_messages = 'C'
logging_collector = off
log_destination = 'stderr'
log_line_prefix = '%m [%p] %q%u@%d %a '
log_error_verbosity = terse
log_checkpoints = off
log_startup_progress_interval = 10s
log_min_duration_statement = 5s
log_parameter_max_length = 0
log_lock_waits = on
"""


def postgres_conf(socket_dir: Path, *, durable: bool, max_connections: int) -> str:
    """The configuration file's text.

    `durable=False` trades safety from a crash of the machine for speed: for tests only.
    """
    memory = _memory_megabytes()
    return _SETTINGS.format(
        port=PORT,
        socket_dir=str(socket_dir).replace("'", "''"),
        max_connections=max_connections,
        durable="on" if durable else "off",
        shared_buffers=max(16, min(256, memory // 8)),
        effective_cache_size=max(64, min(2048, memory // 4)),
    )


def _memory_megabytes() -> int:
    """The memory this process may use: the machine's, or its container's if that is less."""
    available = psutil.virtual_memory().total
    for limit in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        try:
            available = min(available, int(Path(limit).read_text()))
        except (OSError, ValueError):
            continue
    return available // _MEGABYTE
