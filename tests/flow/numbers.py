"""numbers.py PATH... [pid:N...] -- NUMBER...

Fail if one of the numbers is in a file below a path, or in the memory of a
process: plain, packed as BCD (also half an octet off), in groups of four,
hexadecimal, and in base64 at each of its three offsets.
"""
import base64
import os
import re
import sys


def forms(number):
    octets = number.encode()
    yield octets
    yield octets.hex().encode()
    if number.isdigit():
        for digits in (number, '0' + number[:-1], number[1:] + '0'):
            digits += '0' * (len(digits) % 2)
            packed = bytes.fromhex(digits)
            yield packed if digits[:len(number)] == number else packed[1:-1]
        yield b' '.join(octets[i:i + 4] for i in range(0, len(octets), 4))
    for k in range(3):
        text = base64.b64encode(b'\0' * k + octets)
        text = text[4 if k else 0:len(text) // 4 * 4 - 4]
        yield text
        yield text.replace(b'+', b'-').replace(b'/', b'_')


def files(top):
    for folder, _, names in os.walk(top):
        for name in names:
            path = os.path.join(folder, name)
            if os.path.isfile(path):
                with open(path, 'rb') as file:
                    yield path, file.read()


def memory(pid):
    with open(f'/proc/{pid}/maps') as maps, \
            open(f'/proc/{pid}/mem', 'rb', 0) as mem:
        for line in maps:
            low, high, mode = re.match(r'(\w+)-(\w+) (\S+)', line).groups()
            if not mode.startswith('rw'):
                continue
            try:
                mem.seek(int(low, 16))
                yield (f'process {pid}, {low}',
                       mem.read(int(high, 16) - int(low, 16)))
            except OSError:
                pass


at = sys.argv.index('--')
bad = read = 0
for place in sys.argv[1:at]:
    parts = memory(place[4:]) if place.startswith('pid:') else files(place)
    for where, data in parts:
        read += len(data)
        for number in sys.argv[at + 1:]:
            for form in forms(number):
                if len(form) >= 6 and form in data:
                    print(where, 'holds', number[:2] + '...', form[:4])
                    bad = 1
if read == 0:
    print('there is nothing to read')
    bad = 1
sys.exit(bad)
