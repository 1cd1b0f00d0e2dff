#!/usr/bin/env python3
"""One-time codes (RFC 6238) for auth_proc: codes.py SECRETS, a file with a line
"CUSTOMER BASE32" for each customer."""
import base64, hmac, json, struct, sys

with open(sys.argv[1]) as file:
    secrets = {name: base64.b32decode(secret) for name, secret in map(str.split, file)}
PROMPT = {"id": "code", "kind": "secret", "label": "auth.code",
          "text": "One-time code", "min": 6, "max": 6}
WRONG = {"id": "wrong-code", "kind": "error", "label": "auth.wrong-code",
         "text": "The code is wrong."}
used = {}  # customer: the step of the last code that was taken


def code(secret, step):
    """RFC 4226, section 5.3."""
    mac = hmac.digest(secret, struct.pack(">Q", step), "sha1")
    at = mac[19] & 15
    return f"{(struct.unpack('>I', mac[at:at + 4])[0] & 0x7fffffff) % 1000000:06d}"


def auth(request):
    customer, now = request["order"]["customer"], request["time"] // 30
    given = request["replies"].get("code", {}).get("text")
    if given is None:
        return {"result": "need-input", "prompts": [PROMPT]}
    for step in range(now - 1, now + 2):
        right = code(secrets.get(customer, b"nobody"), step)
        if (hmac.compare_digest(given.encode(), right.encode())
                and customer in secrets and step > used.get(customer, 0)):
            used[customer] = step
            return {"result": "grant", "methods": [{"amr": "otp", "level": 1}]}
    return {"result": "need-input", "prompts": [WRONG, PROMPT]}


for line in sys.stdin:
    request = json.loads(line)
    answer = {"protocol": 1, "name": "codes.py"} if request["call"] == "hello" else auth(request)
    print(json.dumps({"id": request["id"], **answer}), flush=True)
