"""How sentences that syncd composes read: what pages answer, what jobs and mappings do, the steps of an explanation.

Each is a text of the catalogue with holes (`syncd.catalogue.Said`): `syncd.texts` knows a sentence by it, and says it
in the reader's language.
"""

from __future__ import annotations

from collections.abc import Mapping

from syncd.catalogue import told

#: What a right is called where somebody has it not (`domain.rights`), by the words it is told with.
RIGHTS: Mapping[str, str] = {
    "see changes": told("see changes"),
    "decide": told("decide"),
    "answer": told("answer"),
    "release": told("release"),
    "see people": told("see people"),
    "see runs": told("see runs"),
    "sync": told("sync"),
    "connect": told("connect"),
    "configure": told("configure"),
    "see pay runs": told("see pay runs"),
    "see pay": told("see pay"),
    "calculate": told("calculate"),
    "submit pay": told("submit pay"),
    "approve pay": told("approve pay"),
    "see adjustments": told("see adjustments"),
    "adjust": told("adjust"),
    "decide adjustments": told("decide adjustments"),
}

#: What is told to somebody who has a right not.
NO_RIGHT = told("{} is not among the rights of {}")

#: How a question asks (`domain.match`, `domain.whose`): the first hole begins with an attribute.
ASKED = (
    told("{} fits several people ({}): who is it?"),
    told("{} is that of {}, and it was said that this record is not {}: who is it?"),
    told("{} of {}: {}. Which holds? An order of sources for {} would say it for all"),
)
#: What each source says, in the last of these.
SAYS = told("{} says {}")

#: What pages say of what was asked of them; a hole (`Said`) stands for what is named.
SENTENCES = (
    NO_RIGHT,
    told("there is no such statement among those you see"),
    told("there is no such unit among those you see on that day"),
    told("there is no such question among those you see"),
    told("there is no such open rejection among those you see"),
    told("there is no such job among those you see"),
    told("there is no such change among those you see"),
    told("there is no such batch among what you see"),
    told("there is no such pay run among those you see"),
    told("there is nothing to take back in it among what you see"),
    told(
        "there is no such answer for you: it is kept for two days, and told while all of its changes are yours to see"
    ),
    told("there is no such run"),
    told("there is no such feed"),
    told("there is no such source"),
    told("nobody you see is known so"),
    told("nobody you see is known as {}"),
    told("several you see are known as {}"),
    told("{} is not calculated yet: `calculate {}` does that"),
    told("{} is no day: write it as 2026-01-31."),
    told("{} is none of {}."),
    told("{} is no number."),
    told("{} is no change: write {}, as it is listed"),
    told("{} is no adjustment: write {}, as it is listed"),
    told("{} is no path: write {}, as it is listed"),
    told("{} has no path {}"),
    told("No day is as late as {}: leave it empty where there is no end."),
    told("{} names several people: {}; say which one"),
    told("{} is over: name today or a later day."),
    told("Say why, in a few words: it is kept with the act."),
    told("Say what is to be done: approve, or reject."),
    told("Say until which day it is not asked again, and choose “until a day”; or neither."),
    told("Say which results are meant: look at the page of the pay run, and press its button."),
    told("Say which pay period is meant: there are several calendars ({})."),
    told("say which pay period: 2026-03"),
    told("{} of {}: there is no such pay run among those you may calculate"),
    told("Choose an answer."),
    told("Say who it is: P12, an id, or an e-mail."),
    told("Nothing was decided: tick the changes that are meant, or all that match."),
    told("Tick the changes that are meant, at most {:,}."),
    told("Tick the adjustments that are meant."),
    told("{:,} approved."),
    told("{:,} approved ({})."),
    told("{:,} rejected."),
    told("{:,} rejected ({})."),
    told("{:,} more were not approved."),
    told("{:,} more were not rejected."),
    told("{:,} more are left as they are."),
    told("{:,} are not yours to decide any more."),
    told("{:,} of these changes are not yours to see any more: ask again"),
    told("who asked for it may not decide any more: nothing was decided by this job"),
    told("who asked for it may not see it any more: nothing was calculated by this job"),
    told("who asked for it may not have it calculated any more: nothing was calculated by this job"),
    told("its worker was stopped"),
    told("Another one is being worked out just now: try it again in a minute."),
    told("a text holds a NUL character, which nothing is called by: leave it out"),
    told("this came from another site: the pages are at {}"),
    told("It is a fault of syncd itself; the operator's log says which."),
    told("{}: see it with a role for everybody"),
    # why a change is not decided (`syncd.changes.decide`, `domain.policy`)
    told("it is approved already"),
    told("it is rejected already"),
    told("there is no such change"),
    told("it is applied and no longer waits for a decision"),
    told("it is rejected and no longer waits for a decision"),
    told("it is withdrawn and no longer waits for a decision"),
    told("it is superseded and no longer waits for a decision"),
    told("it is stale and no longer waits for a decision"),
    told("it reaches into {} to {}, committed: with --into-committed the next pay run adjusts that"),
    told("it reaches into {}, committed: with --into-committed the next pay run adjusts that"),
    told("{} proposed it: somebody else has to approve it"),
    told("it is of {}'s own record: somebody else has to approve it"),
    told("it is of {}'s own record: somebody else has to decide it"),
    told("{} is about {}'s own record: somebody else has to answer it"),
    # the close (`calc.pay_run`, `syncd.pay.checks`)
    told(
        "{} is committed, and what is committed is never reopened or changed: correct what was wrong, and "
        "the difference is adjusted in the next pay run"
    ),
    told("{} is open: calculate it and `submit` it"),
    told("{} is not submitted: calculate it and `submit` it"),
    told("{} is submitted: somebody else has to `approve-results` it, or `return` it"),
    told("{} is returned: calculate it again and `submit` it"),
    told("{} is approved: `commit` it"),
    told("{} submitted {}: somebody else has to approve it"),
    told("{} pays {} themselves: somebody else has to approve it"),
    told("{} is not over: its last day is {}, so submit it from {} on; until then, look at it"),
    told("{} is submitted: close a pay period for everybody, or pay group by pay group"),
    told("{} is returned: close a pay period for everybody, or pay group by pay group"),
    told("{} is approved: close a pay period for everybody, or pay group by pay group"),
    told("{} is committed: close a pay period for everybody, or pay group by pay group"),
    told("nothing is committed from {} until {}: close that pay period first"),
    told("{} waits for a decision: approve or reject it first"),
    told("{} wait for a decision: approve or reject them first"),
    told("no pay run of a pay group pays {}, in none: give them a pay group, calculate again"),
    told("1 change that counts by then waits for a decision: what is decided later is adjusted later"),
    told("{:,} changes that count by then wait for a decision: what is decided later is adjusted later"),
    told("{} is not calculated yet: `calculate` it, and look at the results"),
    told("{} is stale: {} changed since; calculate {} again"),
    told("{} has been calculated again meanwhile: look at the new results"),
    told("{} was submitted again meanwhile: look at the new results"),
    # an amount by hand (`syncd.pay.adjust`)
    told("{} is no amount: write {} or {}"),
    told("{} is no amount that can be paid"),
    told("{}: {} has no digits after the point, write {}"),
    told("{}: {} has {} digits after the point, write {}"),
    told("{} is no currency: write three capitals, USD"),
    told("{} is no participant, so nothing is paid"),
    told("{} begins after {}: see `participants --history {}`"),
    told("{} is paid in {}: write the amount in {}"),
    told("{} has no plan in {}, so nothing is paid by {}"),
    told("say what the amount is for: --component C, or --line ID of a result"),
    told("{} is submitted: adjust in a pay period that is open"),
    told("{} is approved: adjust in a pay period that is open"),
    told("{} is committed: adjust in a pay period that is open"),
    # what runs came upon (`domain.hold`, `domain.match`, `domain.whose`)
    told("no longer sent"),
    told("out of scope"),
    told("ended by the source"),
    told("ended by hand"),
    *ASKED,
)
#: Who syncd says, and why, where a person's own name and words may stand as well: these are left as they are.
KEPT = (
    told("the record it is about is somebody else's"),
    told("approved as {}"),
    told("first seen"),
    told("policy"),
    told("policy of feed {}"),
)
#: How it is told that a change was not decided: which, and why. It reads whole, or in English.
NOT_DECIDED = (told("{} was not approved: {}"), told("{} was not rejected: {}"))
#: How a pay run of a pay group is called.
OF_GROUP = told("{} of pay group {}")

#: What stands where a feed does, and is none: a calculation, and what somebody said by hand.
FEEDS = (told("calculate {}"), told("by hand"))

#: What a job does just now.
DOING = (
    told("{}: comparing {:,} rows with the facts as known"),
    told("{}: writing {:,} facts"),
    told("decided"),
    told("{}: comparing {:,} {} with those on file"),
    told("{}: people judged"),
    told("{}: asked for who is missing"),
    told("{}: comparing {:,} rows with the roster"),
    told("{}: rows judged"),
    told("{}: rows read"),
    told("{}: reading what was known at revision {}"),
    told("{}: calculating {} kinds of components"),
    told("{}: comparing with what is booked"),
    told("{}: writing results"),
    told("{}: parts calculated"),
)

#: How a mapping reads (`mapping.told`, `syncd.seen.mappings`), part by part.
MADE = (
    told("a row is known by {}"),
    told("in scope is whoever fits: {}; others count as excluded"),
    told("who earns fits: {}; others are not added, and ineligible if they are there"),
    told("the pilot group fits: {}; of nobody else anything is proposed"),
    told("every column is kept"),
    told("only columns that are read here are kept"),
    told("never kept: {}"),
    told("the day from which a row holds"),
    told("the first day on which it no longer holds"),
    told("which post of a person it is"),
    told("whether that post is the primary one"),
    told("always {}"),
    told("looked up by {} in the table {}: its {}"),
    told("put together with a space between them"),
    told("put together with {} between them"),
    told("text"),
    told("a day, written as {}"),
    told("a moment, in UTC, written as {}"),
    told("a number"),
    told("a whole number"),
    told("an amount of money"),
    told("yes or no"),
    told("a set, its members parted by {}"),
    told("a person, named by {}"),
    told("on the clock of {}"),
    told("{}; any other text is a problem"),
    told("must look like {}"),
    told("an empty cell: there is no value"),
    told("an empty cell says nothing: what is known stays"),
    told("an empty cell is a problem: the value must be there"),
    told("the cell names the last day, inclusive"),
    told("{} around it means nothing"),
    told("{} between thousands"),
    told("{} before the fraction"),
    told("{} digits after the point, more are rounded half-even"),
    told("{} digits after the point, more are a problem"),
    told("in the currency of {}"),
    told("in {}"),
    told("a difference is proposed"),
    told("a difference is proposed, and nothing is corrected here"),
    told("taken when somebody is added, ours from then on"),
    told("ours: never from a source"),
    told("nothing from the source changes nothing"),
    told("where it has nothing the next source counts"),
    told("{}, then {}"),
)

#: How what made the difference of a retroactive amount reads (`calc.cause`).
CAUSES = (
    told("{} corrected: {} -> {}"),
    told("rate of {} for {}: {} -> {}"),
    told("share of {}: {} -> {}"),
    told("quota on {}: {} -> {}"),
    told("plan version {} -> {}"),
    told("{} no longer counts"),
    told("{} counts now: {}"),
    told("what it is calculated from changed"),
)

#: How it is told what was rounded: how, and to how many digits.
ROUNDINGS = (
    told("rounded once, {}, to {} digits"),
    told("what the cap leaves, rounded once, {}, to {} digits"),
)

#: How it is told what a retroactive amount is: of which earned period, and what made the difference (`CAUSES`).
RECOMPUTED = (
    told("recomputed for {}, less all booked for it, shown whole: {}"),
    told("recomputed for {}, less all booked for it: {}"),
)

#: How steps of an explanation read (`calc.explanation`, `calc.wording`); `{}` stands for a name, a day or a number.
RULES = (
    *ROUNDINGS,
    told("converted once, at the rate of the last day, to {} digits"),
    told("the sum of {} lines"),
    told("{} of {} lines"),
    told("amount as given"),
    told("all that is counted"),
    told("counted before it"),
    told("counted so far, with this one"),
    told("nothing is earned"),
    told("the amount, once as much is counted as is asked for"),
    told("what is asked for"),
    told("the target"),
    told("what is credited"),
    told("what {} pays, V{}"),
    told("where tier {} of {} ends, V{}"),
    told("where tier {} ends"),
    told("where {} is reached, V{}"),
    told("rate of tier {} of {}, V{}"),
    told("rate of {}, V{}"),
    told("cap of {}, V{}"),
    told("one {} in {} on the last day of {}"),
    told("one {} in {} from {} on"),
    told("in {}, to {} digits"),
    told("share of {}"),
    told("quota of {} for {} to {}"),
    told("plan {} V{}, in force from {}, published by {}, approved by {}"),
    told("on plan {} from {} until {}"),
    told("on plan {} from {}"),
    told("steps of days that are not yours to see: {}"),
    told("booked before"),
    told("booked before, under {}"),
    told("their part: whole split by share, the last digits to the largest remainders"),
)
