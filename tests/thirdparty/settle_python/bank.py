#!/usr/bin/env python3
"""A bank for settle_proc: bank.py JOURNAL [LIMIT].  It charges up to LIMIT, and what it
has answered under a key it answers under that key for ever."""
import decimal, json, os, sys

journal = open(sys.argv[1], "a+")
limit = decimal.Decimal(sys.argv[2] if len(sys.argv) > 2 else "1000")
journal.seek(0)
# What a kill has cut short was never answered; nothing is joined to it.
done = {e["key"]: e for e in (json.loads(x) for x in journal if x.endswith("}\n"))}
journal.write("\n")


def remember(request, result, **more):
    """Durably, before anybody hears of it."""
    entry = {name: request[name] for name in ("key", "digest", "verb", "original")}
    entry["answer"] = {"result": result, **more}
    done[request["key"]] = entry
    journal.write(json.dumps(entry) + "\n")
    journal.flush()
    os.fsync(journal.fileno())
    return entry["answer"]


def settle(request):
    known, verb = done.get(request["key"]), request["verb"]
    if known and known["digest"] != request["digest"]:
        return {"result": "error", "code": "digest", "text": "the key is another payment's"}
    if known or verb == "query":
        return known["answer"] if known else {"result": "not-found"}
    paid = {e["answer"].get("reference"): e["answer"].get("moved") for e in done.values() if e["verb"] == "charge"}
    gone = {e["original"] for e in done.values() if e["answer"]["result"] == "reversed"}
    left = paid.get(request["original"]) if request["original"] not in gone else None
    if verb == "reverse" and not (left and decimal.Decimal(request["amount"]) <= decimal.Decimal(left["amount"])):
        return remember(request, "declined", code="original", text="nothing to reverse, or not so much")
    if verb == "charge" and decimal.Decimal(request["amount"]) > limit:
        return remember(request, "declined", code="limit", text=f"above {limit}")
    return remember(request, "committed" if verb == "charge" else "reversed", reference=f"py-{len(done)}",
                    moved={"amount": request["amount"], "currency": request["currency"]})


for line in sys.stdin:
    request = json.loads(line)
    answer = {"protocol": 1, "name": "bank.py"} if request["call"] == "hello" else settle(request)
    print(json.dumps({"id": request["id"], **answer}), flush=True)
