"""Jobs: how far what somebody asked for has come, as a page that looks again by itself, and for programs."""

from __future__ import annotations

from flask import Blueprint, make_response, render_template, request
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from api.asking import who, world
from api.documents import Item, Items, Paged
from api.programs import read_id
from api.security import csrf
from api.spec import route, sent
from syncd.documents import Document
from syncd.seen.jobs import JobSeen, job_document, job_seen, jobs_underway

pages = Blueprint("jobs", __name__)
routes = Blueprint("v1_jobs", __name__, url_prefix="/api/v1")
csrf.exempt(routes)  # as those of api.v1


@pages.get("/jobs/<job_id>")
def one(job_id: str) -> Response:
    """Show how far a job has come; a page that shows what it comes to (`then`) begins anew once it is over."""
    found = _found(job_id)
    then = "then" in request.args
    answer = make_response(render_template("job.html", found=found, then="page" if then else None))
    if then and not found.job.is_open:
        answer.headers["HX-Refresh"] = "true"
    return answer


@routes.get("/jobs")
@route(query=Paged, gives=Items)
def listed() -> Document:
    """List the jobs that wait or run, by id, as far as pages would tell of them."""
    asked = sent(Paged)
    found = [one.job for one in jobs_underway(world(), who()) if one.job.id > asked.after]
    following = found[asked.limit - 1].id if len(found) > asked.limit else None
    return {"items": [job_document(one) for one in found[: asked.limit]], "next": following}


@routes.get("/jobs/<job_id>", endpoint="one")
@route(gives=Item)
def document(job_id: str) -> Document:
    """Give one job: where it stands, how far it has come, what it came to."""
    return job_document(_found(job_id).job)


def _found(job_id: str) -> JobSeen:
    found = job_seen(world(), who(), read_id(job_id, "T"))
    if found is None:
        raise NotFound("there is no such job among those you see")
    return found
