"""tshark.py PDML LOG PORT CARD EXPIRY

Compare what tshark has read of a link with what the simulated bank has logged,
message by message and field by field, and with what the run was to do.
"""
import re
import sys
import xml.etree.ElementTree as ElementTree

TO_BANK, FROM_BANK = "to the bank", "from the bank"
HEAD = re.compile(r"^[0-9:.]+ \d+ till (-->|<--) bank (\d{4})$")
FIELD = re.compile(r"^ +(\d+) .{26} (.*)$")

# Wireshark's table of 1987 gives 86 to 89 fifteen digits; the standard, and
# its table of 1993, have sixteen.  From there on it reads a message awry.
AWRY = 86

# Type, processing code, amount, answer code, currency: those that move money.
MEANT = {
    TO_BANK: [
        ("0200", "000000", "000000005000", None, "978"),
        ("0200", "000000", "000000005151", None, "978"),
        ("0200", "000000", "000000006000", None, "978"),
        ("0420", "000000", "000000006000", "68", "978"),
    ],
    FROM_BANK: [
        ("0210", "000000", "000000005000", "00", "978"),
        ("0210", "000000", "000000005151", "51", "978"),
        ("0430", "000000", "000000006000", "00", "978"),
    ],
}
NETWORK = {
    TO_BANK: ["0800", "0810", "0500", "0800"],
    FROM_BANK: ["0810", "0800", "0510", "0810"],
}


def read_pdml(path, port):
    ways = {TO_BANK: [], FROM_BANK: []}
    for packet in ElementTree.parse(path).getroot().iter("packet"):
        to = packet.find("proto[@name='tcp']/field[@name='tcp.dstport']")
        way = TO_BANK if to.get("show") == port else FROM_BANK
        for proto in packet.findall("proto[@name='iso8583']"):
            message = {}
            for field in proto.iter("field"):
                name = field.get("name")
                if name == "iso8583.MALFORMED":
                    sys.exit(f"tshark finds a message malformed: {message}")
                if name == "iso8583.mti":
                    message[0] = field.get("show")
                elif name.startswith("iso8583.bit"):
                    message[int(name[11:])] = field.get("show")
            ways[way].append(message)
    return ways


def read_log(path, card, expiry):
    ways = {TO_BANK: [], FROM_BANK: []}
    message = {}
    with open(path, encoding="ascii") as lines:
        for line in lines:
            head = HEAD.match(line.rstrip("\n"))
            field = FIELD.match(line.rstrip("\n"))
            if head:
                message = {0: head[2]}
                ways[TO_BANK if head[1] == "-->" else FROM_BANK].append(message)
            elif field:
                number = int(field[1])
                # What the log masks is known here.
                message[number] = {2: card, 14: expiry}.get(number, field[2])
    return ways


def straight(message):
    if AWRY not in message:
        return message
    return {n: value for n, value in message.items() if n < AWRY}


def main():
    pdml, log, port, card, expiry = sys.argv[1:]
    read, meant = read_pdml(pdml, port), read_log(log, card, expiry)
    fields = 0
    for way in (TO_BANK, FROM_BANK):
        if len(read[way]) != len(meant[way]):
            sys.exit(f"{way}: tshark reads {len(read[way])} messages, "
                     f"not {len(meant[way])}")
        for one, other in zip(map(straight, read[way]),
                              map(straight, meant[way])):
            if one != other:
                sys.exit(f"{way}: tshark reads\n{one}\nand the bank\n{other}")
            fields += len(one)
        money = [tuple(m.get(n) for n in (0, 3, 4, 39, 49))
                 for m in read[way] if 4 in m]
        if money != MEANT[way]:
            sys.exit(f"{way}: {money}, not {MEANT[way]}")
        cards = {m.get(2) for m in read[way] if 4 in m}
        if cards != {card}:
            sys.exit(f"{way}: cards {cards}")
        network = [m[0] for m in read[way] if 4 not in m]
        if network != NETWORK[way]:
            sys.exit(f"{way}: {network}, not {NETWORK[way]}")
    traces = [{m[11] for m in read[way]} for way in (TO_BANK, FROM_BANK)]
    if len(traces[0] & traces[1]) < 6:
        sys.exit(f"trace numbers: {traces}")
    print(f"tshark reads {sum(map(len, read.values()))} messages with "
          f"{fields} fields as they were meant")


main()
