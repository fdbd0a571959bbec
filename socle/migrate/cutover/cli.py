"""`socle migrate cutover | accept | rollback`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from socle.env import prepare
from socle.errors import FailureError, FindingError, UserError
from socle.migrate import job as jobs
from socle.migrate.cutover import words
from socle.migrate.cutover.gates import ORDER, Gate, ImpossibleError, Side
from socle.migrate.cutover.passage import Passage
from socle.migrate.ends import EndError
from socle.migrate.job import CutoverSpec, Job
from socle.migrate.opening import FileArgument, opened
from socle.options import CloudName, help_with

app = typer.Typer()
Preview = Annotated[bool, typer.Option("--preview", help="Say what would be done, and do nothing.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do it without asking.")]
_CODES = "Exit codes: 0 done, 1 our own failure, 2 bad input, 3 refused, 4 waits for persons or for a date."


@app.command(
    help=help_with(
        "Pass the gates of a cutover, as far as can be: read-only, delta, verified, accepted, switched, "
        "retained, deleted.",
        "socle migrate cutover registry.yaml --preview",
        "socle migrate cutover registry.yaml                 # until two persons have to accept",
        "socle migrate cutover registry.yaml --to retained   # after the retention",
        "socle migrate cutover registry.yaml --to deleted    # the point of no return",
        note=f"Stopped anywhere, the same command goes on. {_CODES}",
    )
)
def cutover(
    *,
    cloud: CloudName,
    file: FileArgument,
    to: Annotated[Gate, typer.Option(help="The last gate to pass.")] = Gate.SWITCHED,
    with_refused: Annotated[
        bool, typer.Option("--with-refused", help="Though objects were refused by name.")
    ] = False,
    preview: Preview = False,
    yes: Yes = False,
) -> None:
    """Pass gates up to `to`."""
    from socle.migrate.cutover import steps
    from socle.migrate.cutover.desk import Desk

    job = jobs.load(file)
    spec, passage = _spec(job), Passage(job)
    lines = words.forward(passage.position, spec, to)
    print("\n".join([words.standing(passage.position), *lines]))
    if preview or not lines:
        return
    if not yes:
        typer.confirm("Do it?", abort=True)
    with opened(job) as ledger, passage.alone():
        desk = Desk(job, ledger, passage, prepare(cloud), with_refused)
        try:
            steps.advance(desk, to)
        except ImpossibleError as error:
            raise FindingError(str(error), job.name) from None
        except EndError as error:
            raise FailureError(str(error), job.name, "run the same command again to go on") from None
    print(words.standing(passage.position))


@app.command(
    help=help_with(
        "Accept what a cutover waits for, the switch or the deletion: two different persons have to.",
        "socle migrate accept registry.yaml --as anna",
        note="The certificate comes from `socle admin sign`; who may approve the data layer may accept. An "
        f"acceptance holds as long as the certificate does. {_CODES}",
    )
)
def accept(
    *,
    cloud: CloudName,
    file: FileArgument,
    login: Annotated[
        str, typer.Option("--as", metavar="LOGIN", help="Who accepts: an administrator's login.")
    ],
    key: Annotated[
        Path | None,
        typer.Option(help="Their key, its certificate beside it.", show_default="$SOCLE_SSH_DIR/LOGIN"),
    ] = None,
    yes: Yes = False,
) -> None:
    """Sign the dossier of the gate that waits."""
    from socle.migrate.cutover import acceptance, switching

    job = jobs.load(file)
    passage = Passage(job)
    stages = {Gate.ACCEPTED: switching.SWITCH, Gate.DELETED: switching.DELETION}
    stage = stages.get(passage.position.next) if passage.position.next else None
    folder = passage.file(stage or "")
    if stage is None or passage.position.undoing or not (folder / acceptance.DOSSIER).exists():
        raise UserError("nothing waits to be accepted", job.name, "run `socle migrate cutover` first")
    print((folder / acceptance.DOSSIER).read_text(encoding="utf-8"), end="")
    if not yes:
        typer.confirm("Accept it?", abort=True)
    environment = prepare(cloud)
    acceptance.accept(environment, folder, job.name, login, key or environment.ssh_dir / login)
    holds, _ = acceptance.accepted(environment, folder)
    print(f"accepted by {', '.join(holds)}; {acceptance.PERSONS} persons are needed")


@app.command(
    help=help_with(
        "Undo the gates of a cutover, the last first, up to the point of no return.",
        "socle migrate rollback registry.yaml --preview",
        "socle migrate rollback registry.yaml                  # all the way: the source is written to again",
        "socle migrate rollback registry.yaml --to read-only   # to certify anew",
        note=f"Stopped anywhere, the same command goes on. {_CODES}",
    )
)
def rollback(
    *,
    cloud: CloudName,
    file: FileArgument,
    to: Annotated[
        Gate | None, typer.Option(help="The last gate that stays passed; none when left out.")
    ] = None,
    leave_behind: Annotated[
        bool, typer.Option("--leave-behind", help="Though the target was written to since the switch.")
    ] = False,
    preview: Preview = False,
    yes: Yes = False,
) -> None:
    """Undo gates after `to`."""
    from socle.migrate.cutover import returning
    from socle.migrate.cutover.desk import Desk

    job = jobs.load(file)
    _spec(job)
    passage = Passage(job)
    lines = words.backward(passage.position, to)
    print("\n".join([words.standing(passage.position), *lines]))
    if passage.position.beyond_return:
        print("The point of no return is behind: nothing can be undone.")
    if preview:
        return
    if lines and not yes:
        typer.confirm("Do it?", abort=True)
    with opened(job) as ledger, passage.alone():
        try:
            returning.back(Desk(job, ledger, passage, prepare(cloud)), to, leave_behind=leave_behind)
        except EndError as error:
            raise FailureError(str(error), job.name, "run the same command again to go on") from None
    print(words.standing(passage.position))


def still_source(job: Job) -> None:
    """FindingError when the target counts, or is just being given back: nothing is copied over it then."""
    position = Passage(job).position
    if position.authoritative is Side.TARGET:
        raise FindingError(
            "the target counts since the switch: a copy would overwrite what people wrote there", job.name,
            "`socle migrate rollback` first, if that is meant",
        )  # fmt: skip


def _spec(job: Job) -> CutoverSpec:
    if job.cutover is None:
        raise UserError("the file has no `cutover`", job.name, f"see docs/en/cutover.md: {', '.join(ORDER)}")
    return job.cutover
