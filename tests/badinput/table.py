"""The table: what is typed, how it ends, which field is named, what the sentence says.

Files named here are written by place.py. A row without a field ends in an error that is not about
one thing that was written (nothing is known by that name, it is too large).
"""

from __future__ import annotations

from badinput.archive_rows import ARCHIVES
from badinput.job_rows import RECORDS, REHEARSALS, ROLES
from badinput.place import JOBS
from badinput.requirement_rows import REQUIREMENTS
from badinput.rows import Row, rows, submits

BARE = "--python pythons/bare/bin/python"
LAST = JOBS[-1]

NOTEBOOKS = rows(
    "notebooks",
    (
        "submit brace.ipynb",
        "notebook",
        r"not valid JSON .* at line 1, column 2\); restore an earlier",
    ),
    ("submit cut.ipynb", "notebook", "not valid JSON"),
    ("submit empty.ipynb", "notebook", "is empty; save it once more"),
    ("submit list.ipynb", "notebook", "JSON but not a notebook: it has no nbformat"),
    ("submit other.ipynb", "notebook", "JSON but not a notebook"),
    ("submit deep.ipynb", "notebook", "nested too deeply"),
    ("submit v3.ipynb", "notebook", "format 3, Longboat reads format 4; convert it with"),
    ("submit v5.ipynb", "notebook", "format 5; save it in format 4"),
    ("submit cells.ipynb", "notebook", "damaged: it has no list of cells"),
    ("submit cell.ipynb", "notebook", "damaged: item 2 of its cells is not a cell"),
    ("submit prose.ipynb", "notebook", "has no code to run; write a code cell"),
    ("submit blank.ipynb", "notebook", "has no code to run"),
    ("submit skipped.ipynb", "notebook", "every cell is tagged longboat:skip"),
    ("submit julia.ipynb", "notebook", "written in julia; Longboat runs Python notebooks"),
    ("submit latin1.ipynb", "notebook", r"not UTF-8 text \(byte \d+\); save it again"),
    ("submit huge.ipynb", "notebook", "more than the 100 MB a notebook may have; clear its"),
    ("submit folder.ipynb", "notebook", "is a folder; name the notebook in it"),
    ("submit absent.ipynb", "notebook", "absent.ipynb does not exist"),
    ("submit nb.ipynb/x.ipynb", "notebook", "does not exist"),
    ("submit dangling.ipynb", "notebook", "does not exist"),
    ("submit circle.ipynb", "notebook", "cannot be read: Too many levels of symbolic links"),
    ("submit pipe.ipynb", "notebook", "is not a regular file"),
    ("submit notes.txt", "notebook", r"neither a notebook \(.ipynb\) nor a Python script \(.py\)"),
    ("submit .", "notebook", "is a folder"),
    ("submit syntax.ipynb", "notebook", "Cell 2, line 3 has a syntax error: invalid syntax"),
    ("submit two-errors.ipynb", "notebook", "Cell 1, line 1 .*\n?.*Cell 3, line 1 has a syntax"),
    ("submit return.ipynb", "notebook", "Cell 1, line 2 .*'return' outside function"),
    ("submit empty.py", "notebook", "is empty"),
    ("submit comment.py", "notebook", "has no code to run"),
    ("submit broken.py", "notebook", "broken.py has a syntax error at line 2: expected ':'"),
    ("submit keyed/train.py", "notebook", "holds a private key, and secrets never travel"),
    (
        f"submit magic.ipynb {BARE}",
        "notebook",
        'Cell 2, line 2 has "%matplotlib inline", which needs IPython.*Install ipython there',
    ),
    (f"submit shell.ipynb {BARE}", "notebook", '(?s)Cell 1, line 1 has "!nvidia-smi".*Cell 3'),
    ("submit brace.ipynb --dry-run", "notebook", "not valid JSON"),
    (
        "submit brace.ipynb --workers 0 --secret UNSET_IN_THE_TEST --on moon --deadline soon",
        "notebook",
        "(?s)backend: .*notebook: .*workers: .*deadline: .*secrets: ",
    ),
    ("submit", "entry", r"Missing argument 'NOTEBOOK.ipynb\|SCRIPT.py'"),
    ("submit nb.ipynb other.ipynb", "command", r"extra argument \(other.ipynb\)\. longboat"),
    ("submit nb.ipynb --follow-me", "follow-me", "No such option"),
)

NAMES = submits(
    "names and paths",
    ("--name Digits", "name", 'lower-case letters.*for example "digits"'),
    ("--name ../up", "name", 'cannot be the name of a job.*for example "up"'),
    ("--name ", "name", "cannot be the name of a job"),
    ("--name 1st", "name", 'for example "job-1st"'),
    ("--name a_b", "name", 'for example "a-b"'),
    ("--name zahlen-ü", "name", 'for example "zahlen-u"'),
    ("--name -x", "name", "cannot be the name"),
    ("--name x-", "name", 'for example "x"'),
    (f"--name {'n' * 31}", "name", "at most 30 characters"),
    ("--name a∙b", "name", 'for example "a-b"'),
    ("--model My_Model", "model", 'name of a model.*for example "my-model"'),
    ("--model ../../etc", "model", "cannot be the name of a model"),
    ("--on moon", "backend", "no backend 'moon'; known: local"),
)

COUNTS = submits(
    "counts",
    ("--workers two", "workers", '"two" cannot be used: give a whole number from 1 to 64'),
    ("--workers 0", "workers", "from 1 to 64"),
    ("--workers -1", "workers", "from 1 to 64"),
    ("--workers 65", "workers", "from 1 to 64"),
    ("--workers 1.5", "workers", "from 1 to 64"),
    ("--workers 1e2", "workers", "from 1 to 64"),
    ("--workers ", "workers", "from 1 to 64"),
    ("--workers ٣", "workers", "from 1 to 64"),
    (f"--workers {'9' * 5000}", "workers", "from 1 to 64"),
    ("--gpu -1", "gpu", "from 0 to 64"),
    ("--gpu half", "gpu", "from 0 to 64"),
    ("--retries -1", "retries", "from 0 to 100"),
    ("--workers", "workers", "requires an argument"),
)

RESOURCES = submits(
    "resources",
    ("--cpu none", "cpu", "not a number of cores; write for example 2 or 0.5"),
    ("--cpu 0", "cpu", "too little; the least is 0.1 cores"),
    ("--cpu -1", "cpu", "not a number of cores"),
    ("--cpu 0.25", "cpu", "tenths of a core; instead of 0.25 write 0.2 or 0.3"),
    ("--cpu nan", "cpu", "not a number of cores"),
    ("--cpu 100000", "cpu", "asks for 100000 cores in all; this machine has"),
    ("--memory much", "memory", "not an amount of memory; write for example 2G or 512Mi"),
    ("--memory 2", "memory", "the least is 1 MiB. Did you mean 2G"),
    ("--memory -1G", "memory", "not an amount"),
    ("--memory 10Q", "memory", "not an amount"),
    ("--memory 900T", "memory", "asks for .* in all; this machine has"),
    ("--memory 1e9", "memory", "not an amount"),
    ("--gpu 60", "gpu", "asks for 60 GPUs in all; this machine has"),
    ("--cpu 9000 --memory x --gpu x", "gpu", '(?s)"x" is not an amount.*"x" cannot be used'),
)

PARAMETERS = [
    *submits(
        "parameters",
        ("-p lr", "parameters", '"lr" is not NAME=VALUE; write for example lr=0.1'),
        ("-p =1", "parameters", "not NAME=VALUE"),
        ("-p rate=1", "parameters.rate", "no parameter of this name; it has epochs, lr, name"),
        ("-p epochs=few", "parameters.epochs", "default is 3, so a whole number is wanted"),
        ("-p epochs=1.5", "parameters.epochs", "If fractions are meant, write the default as 3.0"),
        ("-p lr=true", "parameters.lr", "a number is wanted"),
        ("-p lr=NaN", "parameters.lr", "NaN is not a number that JSON knows, give a finite one"),
        ("-p lr=1e999", "parameters.lr", "finite numbers only"),
        ("-p lr=1 -p lr=2", "parameters.lr", "given more than once"),
        ("-p import=1", "parameters", "cannot be the name of a parameter"),
        ("-p a∙b=1", "parameters", "cannot be the name of a parameter"),
        (f"-p name={'x' * 70_000}", "parameters", "may have 64 kB; put large data into a file"),
        ("-p epochs=" + "9" * 5000, "parameters.epochs", "whole numbers may have 64 bits"),
        ("-p", "p", "requires an argument"),
    ),
    Row(
        "parameters",
        ("submit", "plain.ipynb", "-p", "lr=1"),
        "parameters.lr",
        r"declares no parameters. Declare them .* p = longboat.params\(lr=0.1\)",
    ),
]

FILES = [
    Row("files", ("submit", entry, "--file", glob), field, like)
    for entry, glob, field, like in (
        ("files/nb.ipynb", "../outside.csv", "files", "leads out of the notebook's folder"),
        ("files/nb.ipynb", "/etc/hostname", "files", "leads out .* Put a copy there"),
        ("files/nb.ipynb", "~/data.csv", "files", "leads out of the notebook's folder"),
        ("files/nb.ipynb", "a/../../x", "files", "leads out of the notebook's folder"),
        ("files/nb.ipynb", "absent.csv", "files", '"absent.csv" matches nothing in'),
        ("files/nb.ipynb", "*.parquet", "files", "matches nothing in"),
        ("files/nb.ipynb", "", "files", r"is no pattern; write for example data/\*.csv"),
        ("files/nb.ipynb", ".", "files", "names the whole folder; name files in it"),
        (
            "files/nb.ipynb",
            "outside",
            "files",
            "leads out of the notebook's folder; put a copy there",
        ),
        ("files/nb.ipynb", "circle", "files", "is a link that leads nowhere or in a circle"),
        ("files/nb.ipynb", "pipe", "files", "is not a regular file"),
        ("files/nb.ipynb", ".env", "files", "holds secrets by its name.*use --secret NAME"),
        ("files/nb.ipynb", "key.txt", "files", "holds a private key, and secrets never travel"),
        ("files/nb.ipynb", "data.csv/x", "files", "matches nothing in"),
        (
            "large/nb.ipynb",
            "big.bin",
            "",
            r"^60.0 MB in 1 file should travel; the limit is .*Largest: big.bin \(60.0 MB\)",
        ),
    )
]

INTERPRETERS = [
    *submits(
        "interpreters",
        ("--python /nowhere/bin/python", "python", "no interpreter at /nowhere/bin/python"),
        ("--python no-such-python", "python", 'no command "no-such-python" on PATH'),
        ("--python pythons/plain-file", "python", "plain-file cannot be executed"),
        ("--python pythons/bare", "python", "is a folder; did you mean .*bare/bin/python"),
        ("--python pythons/bare/kept", "python", "is a folder; name the interpreter in it"),
        ("--python ", "python", "path of an interpreter is empty"),
        ("--python pythons/text", "python", "text is not a Python interpreter"),
        ("--python pythons/silent", "python", "silent is not a Python interpreter"),
        ("--python pythons/chatty", "python", "chatty is not a Python interpreter"),
        (
            "--python pythons/failing",
            "python",
            "failing does not work as a Python: no licence; mend it or",
        ),
        ("--python pythons/old", "python", "is Python 3.6.9; jobs need 3.9 or a newer one"),
        ("--kernel no-such", "kernel", "not installed here. Choose another with --kernel NAME"),
        ("--kernel ir", "kernel", 'The kernel "ir" is for R; Longboat runs Python'),
        ("--kernel bash", "kernel", "is for bash; Longboat runs Python"),
        ("--kernel moved", "kernel", "does not work: There is no interpreter at /nowhere/env"),
        ("--kernel wrapped", "kernel", "hides its interpreter; name that with --python PATH"),
        ("--kernel damaged", "kernel", '"damaged" is damaged'),
        ("--kernel ../ir", "kernel", "is not installed here"),
        ("--python python3 --kernel python3", "kernel", "an interpreter or a kernel, not both"),
    ),
    Row(
        "interpreters",
        ("submit", "gone-kernel.ipynb"),
        "kernel",
        '"left-behind" is not installed here. Choose another',
    ),
    Row(
        "interpreters",
        ("again", LAST, "--python", "/nowhere/bin/python"),
        "python",
        "no interpreter at /nowhere",
    ),
]

ENVIRONMENT = submits(
    "environment and secrets",
    ("--env A", "env", '"A" is not NAME=VALUE'),
    ("--env 1A=x", "env", "cannot be the name of an environment variable"),
    ("--env =x", "env", "cannot be the name of an environment variable"),
    ("--env A-B=x", "env", "cannot be the name of an environment variable"),
    ("--env A=1 --env A=2", "env.A", "given more than once"),
    ("--env TF_CONFIG={}", "env", "TF_CONFIG is set by Longboat itself"),
    ("--env LONGBOAT_HOME=/x", "env", "LONGBOAT_HOME is set by Longboat itself"),
    (f"--env A={'x' * 100_001}", "env.A", "over 100 kB; use a file"),
    ("--secret UNSET_IN_THE_TEST", "secrets", "not set in this environment; set it, then submit"),
    ("--secret A=B", "secrets", "cannot be the name of an environment variable"),
    ("--secret LONGBOAT_TOKEN", "secrets", "LONGBOAT_TOKEN is set by Longboat itself"),
    ("--secret HOME --env HOME=/x", "secrets", "given with --env as well; give it once"),
)

DEADLINES = submits(
    "deadlines and retries",
    ("--deadline soon", "deadline", "not a duration; write for example 2h, 90s or 1h30m"),
    ("--deadline 0", "deadline", "above 0 and at most 366 days"),
    ("--deadline -1h", "deadline", "not a duration"),
    ("--deadline 2weeks", "deadline", "not a duration"),
    ("--deadline 1m1h", "deadline", "not a duration"),
    ("--deadline 400d", "deadline", "out of range"),
    ("--deadline inf", "deadline", "not a duration"),
    ("--retries x", "retries", "whole number from 0 to 100"),
    ("--retries 101", "retries", "whole number from 0 to 100"),
    ("--retries 1.0", "retries", "whole number from 0 to 100"),
)

JOB_REFERENCES = [
    *rows(
        "job references",
        *(
            (f"{verb} nothing", "", "no job 'nothing'; .*longboat jobs.* lists them")
            for verb in ("status", "logs", "stop", "rm", "again", "files", "notebook")
        ),
        ("status abcdefghi", "job", "2 jobs begin with 'abcdefghi': abcdefghij, abcdefghik"),
        ("rm abc", "job", "2 jobs begin with 'abc'.*Write more of it"),
        ("stop abcdefghi", "job", "2 jobs begin with"),
        ("status zy", "", "beginning of an id needs at least 3 characters"),
        ("rm z", "", "beginning of an id needs at least 3 characters"),
        ("status ", "", "no job ''"),
        ("status ../../etc", "", "no job '../../etc'"),
        ("rm ../jobs", "", "no job '../jobs'"),
        (f"rm ../{LAST}", "", "no job"),
        ("rm .", "", r"no job '\.'"),
        ("status ABCDEFGHIJ", "", "no job 'ABCDEFGHIJ'"),
        (f"status {'a' * 5000}", "", "no job"),
        ("status dïgits", "", "no job"),
        ("status", "job", "Missing argument 'JOB'"),
        (f"logs {LAST} --replica worker-9", "replica", "has no replica worker-9; it has worker-0"),
        (f"logs {LAST} --replica chief", "replica", "has no replica chief"),
        (f"logs {LAST} --attempt 7", "", "no attempt 7; the last one is 1"),
        (f"logs {LAST} --attempt 7 --follow", "", "no attempt 7"),
        (f"logs {LAST} --attempt 0", "attempt", "0 is not in the range"),
        (f"logs {LAST} --tail -1", "tail", "-1 is not in the range"),
        (f"files {LAST} absent.csv", "", "no file 'absent.csv'; list its files"),
        (f"files {LAST} ../status.json", "", "no file '../status.json'"),
        (f"files {LAST} /etc/hostname", "", "no file '/etc/hostname'"),
        (f"files {LAST} --fetch copy.csv", "path", "Name the file to fetch"),
        (f"files {LAST} result.csv --fetch nb.ipynb", "fetch", "is there already; choose another"),
        (f"files {LAST} result.csv --fetch no/where", "fetch", "cannot be written: No such file"),
        (f"notebook {LAST}", "", "has no executed notebook; wait until it has begun"),
        (f"again {LAST} --workers 0", "workers", "from 1 to 64"),
        (f"again {LAST} -p lr=1", "parameters.lr", "declares no parameters"),
        (f"again {LAST} --file data.csv", "files", "submit the notebook"),
        ("tensorboard nothing", "", "no job 'nothing'; .*longboat jobs.* lists them"),
        (f"tensorboard {LAST} nothing", "", "no job 'nothing'"),
        (f"tensorboard {LAST} --port 65536", "port", "65536 is not in the range"),
        ("tensorboard", "jobs", "Missing argument 'JOB...'"),
        ("jobs --state happy", "state", "'happy' is not one of 'queued'"),
        ("jobs --limit 0", "limit", "not in the range"),
    ),
]

MODEL_REFERENCES = rows(
    "model references",
    ("model nothing", "", "no model 'nothing'; registered models: m"),
    ("model M", "", "no model 'M'"),
    ("model ../jobs", "", "no model '../jobs'"),
    ("model m 9", "", "Model m has no version 9; it has: 1"),
    ("model m first", "version", "not a valid integer"),
    ("model m 0", "version", "not in the range"),
    ("deploy nothing", "", "no model 'nothing'"),
    ("deploy m@9", "", "has no version 9; it has: 1"),
    ("deploy m@x", "model", "'m@x' names no version; write for example m@3"),
    ("deploy m@", "model", "names no version"),
    ("deploy m@0", "", "has no version 0"),
    ("deploy m@-1", "model", "names no version"),
    ("deploy @1", "", "no model ''"),
    ("models add Digits exported/damaged", "model", 'name of a model.*for example "digits"'),
    ("models add ../up exported/damaged", "model", "cannot be the name of a model"),
    ("models add new absent", "model", "absent is not a folder; give a SavedModel's folder"),
    ("models add new exported/a-file", "model", "is not a folder"),
    ("models add new exported/nothing", "model", "is no SavedModel: it holds no saved_model.pb"),
    ("models add new exported/bare", "model", "no whole SavedModel: its variables are missing"),
    ("models add new exported/damaged", "model", "saved_model.pb is damaged"),
    ("models add new exported/callable", "model", r"no signature to call; export it with model"),
    ("models add new exported/linked", "model", "assets in .* is a symbolic link; put the file"),
    ("models add new", "path", "Missing argument 'FOLDER'"),
    ("models remove m", "command", "No such command 'remove'"),
)

SERVICES = rows(
    "services",
    ("undeploy nothing", "", "no service 'nothing'; deployed: none"),
    ("undeploy ../jobs", "", "no service '../jobs'"),
    ("undeploy .", "", r"no service '\.'"),
    ("predict nothing --input bodies/good.json", "", "no service 'nothing'; deployed"),
    ("deploy m --service My_Service", "service", 'name of a service.*for example "my-service"'),
    ("deploy m --service ../up", "service", "cannot be the name of a service"),
    (f"deploy m --service {'s' * 41}", "service", "at most 40 characters"),
    ("deploy m@1 now", "command", "unexpected extra argument"),
    ("predict nothing --input absent.json", "input", "absent.json cannot be read: No such file"),
    ("predict nothing --input files", "input", "files cannot be read: Is a directory"),
    ("du --limit 0", "limit", "0 is not in the range"),
    ("du digits", "command", "unexpected extra argument"),
    ("prune now", "command", "unexpected extra argument"),
    ("doctor --fix --on team", "fix", "On a cluster nothing is mended; leave out --fix or --on"),
    ("frobnicate", "command", "No such command 'frobnicate'"),
)

TABLE = [
    *NOTEBOOKS,
    *NAMES,
    *COUNTS,
    *ROLES,
    *RESOURCES,
    *PARAMETERS,
    *FILES,
    *INTERPRETERS,
    *ENVIRONMENT,
    *DEADLINES,
    *JOB_REFERENCES,
    *MODEL_REFERENCES,
    *SERVICES,
    *ARCHIVES,
    *RECORDS,
    *REHEARSALS,
    *REQUIREMENTS,
]
