"""What becomes of jobs and services when processes are killed, disks fill up and clocks jump."""
