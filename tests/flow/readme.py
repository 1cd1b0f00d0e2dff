"""readme.py README PORT PORT FOLDER -- do what "Five minutes" says.

Runs the commands of that part of README in a shell at a terminal, as its
reader would, with FOLDER for /tmp/t and two free PORTs for 8080 and 8081;
buys the page in the shop; and fails unless each line that README shows is
printed, in its order.  What differs from day to day (times, keys, blanks,
and what README leaves out by "...") may differ.
"""
import http.cookiejar
import html.parser
import os
import pty
import re
import signal
import sys
import urllib.parse
import urllib.request

WAIT_S = 100  # for one command, so that a test that hangs says where
PASSWORD = 'a word that only Alice knows'
VARYING = [(r'\\\.\\\.\\\.', '.*'), (r'(\\ )+', r' +'),
           (r'\d{4}\\-\d\d\\-\d\dT\d\d:\d\d:\d\d\\\.\d{3}Z', r'\\S+Z'),
           (r'[-\\A-Za-z0-9_]{43,}', r'[-A-Za-z0-9_]{43}')]


class Page(html.parser.HTMLParser):
    """The forms of a page: action, fields, what their buttons say."""

    def __init__(self, text):
        super().__init__()
        self.forms, self.button = [], None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag == 'form':
            self.forms.append({'action': attrs.get('action', ''),
                               'fields': {}, 'buttons': []})
        elif tag == 'input' and self.forms and 'name' in attrs:
            self.forms[-1]['fields'][attrs['name']] = attrs.get('value', '')
        elif tag == 'button' and self.forms:
            self.button = {'name': attrs.get('name'),
                           'value': attrs.get('value', ''), 'text': ''}
            self.forms[-1]['buttons'].append(self.button)

    def handle_data(self, data):
        if self.button is not None:
            self.button['text'] += data

    def handle_endtag(self, tag):
        if tag == 'button':
            self.button = None


class Browser:
    def __init__(self):
        jar = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(jar))

    def go(self, where, data=None):
        request = urllib.request.Request(where, data)
        if data is not None:
            parts = urllib.parse.urlsplit(where)
            request.add_header('Origin', f'{parts.scheme}://{parts.netloc}')
        with self.opener.open(request, timeout=60) as answer:
            self.where, self.text = answer.url, answer.read().decode()
            leads = re.search('url=(.*)', answer.headers.get('Refresh', ''))
        if leads:
            self.go(urllib.parse.urljoin(self.where, leads[1]))

    def press(self, word):
        for form in Page(self.text).forms:
            for button in form['buttons']:
                if not button['text'].strip().startswith(word):
                    continue
                fields = dict(form['fields'])
                if button['name']:
                    fields[button['name']] = button['value']
                for name in fields:
                    if name == 'customer':
                        fields[name] = 'alice'
                    elif name == 'answers.password':
                        fields[name] = PASSWORD
                self.go(urllib.parse.urljoin(self.where, form['action']),
                        urllib.parse.urlencode(fields).encode())
                return
        sys.exit(f'no button "{word}" at {self.where}:\n{self.text}')


def steps(readme):
    """(command, lines it prints) of the part, and after which is bought."""
    part = readme.split('\nFive minutes\n')[1].split('\nLarger sums')[0]
    found = []
    for line in part.splitlines():
        if line.startswith('    $ '):
            found.append([line[6:], []])
            more = line.endswith('\\') or "<<'END'" in line
        elif not line.startswith('    '):
            more = False
            if 'Buy the page' in line:
                found.append([None, []])
        elif more:
            found[-1][0] += '\n' + line[4:]
            more = line.endswith('\\') or \
                ("<<'END'" in found[-1][0] and line.strip() != 'END')
        else:
            found[-1][1].append(line[4:])
    return found


class Terminal:
    def __init__(self):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ['PS1'] = os.environ['PS2'] = ''
            os.execvp('bash', ['bash', '--norc', '--noediting', '-i'])
        self.text = ''
        self.run('stty -echo; set +m')

    def run(self, command):
        """What it prints; its questions are answered by the password."""
        begin = len(self.text)
        signal.signal(signal.SIGALRM, lambda *_: sys.exit(
            f'{command}\nhas not ended:\n{self.text[begin:]}'))
        signal.alarm(WAIT_S)
        # In one piece, as a question throws away what was typed ahead.
        self.write('{ ' + command + '\n}; echo "ended $?."\n')
        while True:
            said = self.text[begin:]
            ended = re.search(r'^ended (\d+)\.\r?\n', said, re.M)
            if ended and '"ended $?."' not in said[ended.start():]:
                break
            try:
                self.text += os.read(self.fd, 65536).decode()
            except OSError:
                sys.exit(f'the shell is gone: {said}')
            if re.search(r'(alice|again): $', self.text[begin:]):
                self.write(PASSWORD + '\n')
                self.text += '\n'
        signal.alarm(0)
        if ended[1] != '0':
            sys.exit(f'{command}\nfailed:\n{said}')
        return said[:ended.start()]

    def write(self, text):
        os.write(self.fd, text.encode())


def expected(line):
    pattern = re.escape(line.rstrip())
    for what, instead in VARYING:
        pattern = re.sub(what, instead, pattern)
    return re.compile(pattern)


def main(path, server, shop, folder):
    def here(text):
        return re.sub(r'/tmp/t\b', folder, text) \
            .replace('8080', server).replace('8081', shop)

    terminal, browser = Terminal(), Browser()
    with open(path, encoding='utf-8') as file:
        found = steps(file.read())
    if len(found) < 12:
        sys.exit('README has fewer commands than it had')
    for command, lines in found:
        if command is None:
            browser.go(here('http://127.0.0.1:8081/'))
            for word in ('Buy', 'Pay at', 'Pay 0.05'):
                browser.press(word)
            if 'Payment number' not in browser.text:
                sys.exit(f'no receipt at {browser.where}:\n{browser.text}')
            continue
        # What says its address once it serves is waited for.
        waits = command.rstrip().endswith('&')
        if waits:
            out = f'{folder}/out-{len(terminal.text)}'
            command = command.rstrip()[:-1] + f'>{out} 2>&1 &\n' \
                f'echo $! >>{folder}/pids\n' \
                f'until grep -qs http {out}; do sleep 0.1; done; cat {out}'
        said = terminal.run(here(command))
        at = 0
        for line in lines:
            match = expected(here(line)).search(said, at)
            if match is None:
                sys.exit(f'{command}\nREADME shows: {line}\nbut:\n{said}')
            at = match.end()
    print(f'{len(found)} steps of README work')


if __name__ == '__main__':
    main(*sys.argv[1:])
