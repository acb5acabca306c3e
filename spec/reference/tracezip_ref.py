#!/usr/bin/env python3
"""The Tracezip format, as a program to read: a second decoder, written from the chapters in spec/.

    python3 tracezip_ref.py < frame > otlp          one frame that stands alone
    python3 tracezip_ref.py --explain < frame       what every bit of it says
    python3 tracezip_ref.py --dictionary FILE …     of a frame that was made with this dictionary

Damage ends it with exit code 1 and a message that names the kind of error and its pinned code; a wrong command
line with exit code 2. As a module: `decode(frame)` for one frame, `Decoder().decode(frame)` for each frame of a
stream in turn; both take a list of dictionaries, as bytes, and raise `TracezipError`, which has `kind` and `code`.

It needs Python 3.9 and nothing else but the tables of the format, from where they are in the tree: the primer
(core/src/model/text/primer.txt) and what contexts know at first (prior.csv in core/src/model and in its lean).

Every section below has the name of a chapter of the specification and of a module in core/src, and says in code
what that chapter says in words; the comments say no more than is needed to find the way. It is made to be read and
to be right: every choice that costs speed and spares a line was taken.
"""

import struct
import sys
from bisect import bisect_right
from collections import deque, namedtuple
from copy import deepcopy
from datetime import date
from itertools import groupby
from math import log2
from operator import add, mul
from pathlib import Path

NONE = 2**32 - 1
END = 2**32 - 2
U32 = 2**32 - 1
U64 = 2**64 - 1


# ------------------------------------------------------------------------------------------------ errors
# core/src/error.rs

CODES = {
    "NotTracezip": (1, "not a Tracezip frame"),
    "UnsupportedVersion": (2, "made by a newer version of the format"),
    "Truncated": (3, "the frame is cut short"),
    "Corrupt": (4, "the frame is damaged"),
    "Checksum": (5, "the checksum does not match"),
    "OutOfSequence": (6, "a frame of the stream is missing, repeated or out of order"),
    "LimitExceeded": (7, "a limit is exceeded"),
    "UnknownDictionary": (11, "a dictionary is missing"),
}


class TracezipError(ValueError):
    """`kind` is a name of CODES, `code` its pinned number."""

    def __init__(self, kind, detail):
        self.kind, (self.code, text) = kind, CODES[kind]
        super().__init__(f"{kind} (code {self.code}): {text}: {detail}")


def need(holds, detail, kind="Corrupt"):
    if not holds:
        raise TracezipError(kind, detail)


# ------------------------------------------------------------------------------------------------ XXH3-64
# The hash of the checksum: https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md, seed 0, no secret.

P32_1, P32_2, P32_3 = 0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D
P64_1, P64_2, P64_3 = 0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9
P64_4, P64_5 = 0x85EBCA77C2B2AE63, 0x27D4EB2F165667C5
PRIME_MX1, PRIME_MX2 = 0x165667919E3779F9, 0x9FB21C651E98DF25
SECRET = bytes.fromhex(
    "b8fe6c3923a44bbe7c01812cf721ad1cded46de9839097db7240a4a4b7b3671fcb79e64eccc0e578825ad07dccff7221"
    "b8084674f743248ee03590e6813a264c3c2852bb91c300cb88d0658b1b532ea371644897a20df94e3819ef46a9deacd8"
    "a8fa763fe39c343ff9dcbbc7c70b4f1d8a51e04bcdb45931c89f7ec9d9787364eac5ac8334d3ebc3c581a0fffa1363eb"
    "170ddd51b7f0da49d316552629d4689e2b16be587d47a1fc8ff8b8d17ad031ce45cb3a8f95160428afd7fbcabb4b407e"
)


def rotl(x, n):
    return (x << n | x >> (64 - n)) & U64


def xxh3_64(data):
    n = len(data)
    u32 = lambda of, at: int.from_bytes(of[at : at + 4], "little")
    u64 = lambda of, at: int.from_bytes(of[at : at + 8], "little")

    def fold(a, b):
        product = a * b
        return (product ^ product >> 64) & U64

    def avalanche(h):
        h = (h ^ h >> 37) * PRIME_MX1 & U64
        return h ^ h >> 32

    def avalanche_64(h):
        h = (h ^ h >> 33) * P64_2 & U64
        h = (h ^ h >> 29) * P64_3 & U64
        return h ^ h >> 32

    def mix_16(at, secret):
        return fold(u64(data, at) ^ u64(SECRET, secret), u64(data, at + 8) ^ u64(SECRET, secret + 8))

    if n == 0:
        return avalanche_64(u64(SECRET, 56) ^ u64(SECRET, 64))
    if n <= 3:
        combined = data[0] << 16 | data[n >> 1] << 24 | data[n - 1] | n << 8
        return avalanche_64(combined ^ u32(SECRET, 0) ^ u32(SECRET, 4))
    if n <= 8:
        h = (u32(data, n - 4) + (u32(data, 0) << 32)) ^ u64(SECRET, 8) ^ u64(SECRET, 16)
        h ^= rotl(h, 49) ^ rotl(h, 24)
        h = h * PRIME_MX2 & U64
        h = (h ^ (h >> 35) + n) * PRIME_MX2 & U64
        return h ^ h >> 28
    if n <= 16:
        low = u64(data, 0) ^ u64(SECRET, 24) ^ u64(SECRET, 32)
        high = u64(data, n - 8) ^ u64(SECRET, 40) ^ u64(SECRET, 48)
        swapped = int.from_bytes(low.to_bytes(8, "little"), "big")
        return avalanche(n + swapped + high + fold(low, high) & U64)
    if n <= 128:
        h = n * P64_1
        for i in reversed(range((n - 1) // 32 + 1)):
            h += mix_16(16 * i, 32 * i) + mix_16(n - 16 * (i + 1), 32 * i + 16)
        return avalanche(h & U64)
    if n <= 240:
        h = avalanche(n * P64_1 + sum(mix_16(16 * i, 16 * i) for i in range(8)) & U64)
        h += sum(mix_16(16 * i, 16 * (i - 8) + 3) for i in range(8, n // 16)) + mix_16(n - 16, 136 - 17)
        return avalanche(h & U64)

    acc = [P32_3, P64_1, P64_2, P64_3, P64_4, P32_2, P64_5, P32_1]

    def accumulate(stripe, secret):
        for i, (value, mask) in enumerate(zip(struct.unpack_from("<8Q", data, stripe), secret)):
            key = value ^ mask
            acc[i ^ 1] += value
            acc[i] = acc[i] + (key & U32) * (key >> 32) & U64

    secrets = [struct.unpack_from("<8Q", SECRET, 8 * i) for i in range(16)]
    last_secret = struct.unpack_from("<8Q", SECRET, 192 - 64)
    stripes = (n - 1) // 64
    for i in range(stripes):
        accumulate(64 * i, secrets[i % 16])
        if i % 16 == 15:
            acc[:] = [(a ^ (a & U64) >> 47 ^ s) * P32_1 & U64 for a, s in zip(acc, last_secret)]
    accumulate(n - 64, struct.unpack_from("<8Q", SECRET, 192 - 64 - 7))
    merge = struct.unpack_from("<8Q", SECRET, 11)
    h = n * P64_1
    for i in range(0, 8, 2):
        h += fold(acc[i] & U64 ^ merge[i], acc[i + 1] & U64 ^ merge[i + 1])
    return avalanche(h & U64)


# ------------------------------------------------------------------------------------------------ wire
# spec/wire.md, core/src/wire/

SPAN, EVENT, LINK, RESOURCE, SCOPE, NESTED, REQUEST, RESOURCE_SPANS, SCOPE_SPANS = range(9)
LEVELS = "Span Event Link Resource Scope Nested Request ResourceSpans ScopeSpans".split()

TRACE_ID, SPAN_ID, PARENT_ID, START, TIME_END, CHILDREN, LINKS, NAME = range(8)
EVENTS = CHILDREN
PARTS = "TraceId SpanId ParentId Start End Events/children Links Name".split()
TAGS = {  # of each part at each level that has it
    SPAN: {0: 0x0A, 1: 0x12, 2: 0x22, 3: 0x39, 4: 0x41, 5: 0x5A, 6: 0x6A, 7: 0x2A},
    EVENT: {3: 0x09, 7: 0x12},
    LINK: {0: 0x0A, 1: 0x12},
    REQUEST: {5: 0x0A},
    RESOURCE_SPANS: {5: 0x12},
    SCOPE_SPANS: {5: 0x12},
}
ATTRIBUTES = {SPAN: 0x4A, EVENT: 0x1A, SCOPE: 0x1A, LINK: 0x22, RESOURCE: 0x0A, NESTED: 0x0A}

PLAIN, KEY_FIRST, VALUE_FIRST, VERBATIM = range(4)
FORMS = "Plain KeyFirst ValueFirst Verbatim".split()
(EMPTY, STRING, BOOL, INT, DOUBLE, ARRAY, KVLIST, BYTES, MISSING, VARINT, FIXED64, FIXED32, LEN) = range(13)
TYPES = "Empty String Bool Int Double Array KvList Bytes Missing Varint Fixed64 Fixed32 Len".split()
TYPES_OF_FORM = {
    PLAIN: (VARINT, FIXED64, FIXED32, LEN),
    KEY_FIRST: range(MISSING + 1),
    VALUE_FIRST: range(BYTES + 1),
    VERBATIM: (LEN,),
}


def varint(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def with_length(payload):
    return varint(len(payload)) + payload


def any_value(type_, payload):
    if type_ in (EMPTY, MISSING):
        return b""
    tag = {STRING: 0x0A, BOOL: 0x10, INT: 0x18, DOUBLE: 0x21, ARRAY: 0x2A, KVLIST: 0x32, BYTES: 0x3A}[type_]
    if type_ in (BOOL, INT):
        return bytes([tag]) + varint(payload)
    if type_ == DOUBLE:
        return bytes([tag]) + payload.to_bytes(8, "little")
    return bytes([tag]) + with_length(payload)


def field(key, payload):
    """The bytes of a field with this key."""
    if key.form == VERBATIM:
        return payload
    if key.form == PLAIN:
        if key.type == VARINT:
            return varint(key.tag) + varint(payload)
        if key.type in (FIXED64, FIXED32):
            return varint(key.tag) + payload.to_bytes(8 if key.type == FIXED64 else 4, "little")
        return varint(key.tag) + with_length(payload)
    name = b"\x0a" + with_length(key.name)
    value = b"" if key.type == MISSING else b"\x12" + with_length(any_value(key.type, payload))
    return varint(key.tag) + with_length(name + value if key.form == KEY_FIRST else value + name)


def tagged(tag, payload):
    return varint(tag) + with_length(payload)


# ------------------------------------------------------------------------------------------------ coder: contexts
# spec/coder.md, core/src/coder/cdf.rs

TARGETS = [[2 * (i + 1) if i < s else 32768 - 2 * (15 - i) for i in range(15)] + [32768] for s in range(16)]
AGES = [0]  # A[n]: the age after n updates


def rate(age):
    return 1 + bisect_right((63, 91, 106, 117, 124, 127), age >> 8)


while len(AGES) <= 15:
    AGES.append(AGES[-1] + (32767 - AGES[-1] >> rate(AGES[-1])))


class Context:
    """A distribution over the symbols 0 to 15, F[15] = 32768 with it, and an age."""

    __slots__ = ("F", "age", "name", "number")

    def __init__(self, F=None, age=0):
        self.F, self.age = F or [2048 * (i + 1) for i in range(16)], age

    def adapt(self, symbol):
        r = rate(self.age)
        self.F = [f + (target - f >> r) for f, target in zip(self.F, TARGETS[symbol])]
        self.age += 32767 - self.age >> r

    def fork(self):
        return Context(self.F, min(self.age, AGES[3]))

    @staticmethod
    def load(trained):
        return Context(trained.F, min(trained.age, AGES[8]))

    @staticmethod
    def take(learnt):
        return Context(learnt.F, learnt.age)


# ------------------------------------------------------------------------------------------------ coder: sections
# spec/coder.md, core/src/coder/


class Coder:
    """What both coders share: the sections of bits and words, numbers, choices, and the count of contexts.

    A coder lives as long as a model: `renew` makes it as new, `open` gives it the sections of a frame.
    """

    log = None  # a Log, for --explain

    prior = {}  # what new contexts know, by their numbers

    def renew(self):
        self.all = []

    @property
    def contexts(self):
        return len(self.all)

    def open(self, symbols, bits, words):
        self.bits_section, self.bit = bits, 0
        self.words_section, self.word_at = words, 0
        self.open_symbols(symbols)

    # Contexts.

    def made(self, context, name):
        context.name, context.number = name, self.contexts
        self.all.append(context)
        return context

    def new(self, name):
        learnt = self.prior.get(self.contexts)
        return self.made(self.Context.take(learnt) if learnt else self.Context(), name)

    def fork(self, parent, name=None):
        return self.made(parent.fork(), name or parent.name)

    def load(self, trained, name):
        return self.made(self.Context.load(trained), name)

    def take_all(self, learnt):
        """Copies of these contexts, of coder 0, instead of its own."""
        self.all = []
        for context in learnt:
            self.made(self.Context.take(context), context.name)

    def new_number(self, name):
        """The 17 contexts of a Number or a Signed: H, L[0] to L[15]."""
        return [self.new(f"{name}, {part}") for part in NUMBER_PARTS]

    def fork_number(self, parents, name):
        return [self.fork(parent, f"{name}, {part}") for parent, part in zip(parents, NUMBER_PARTS)]

    # Raw bits and words.

    def bits(self, n, what=""):
        first, self.bit = self.bit, self.bit + n
        need(self.bit <= 8 * len(self.bits_section), "the bits end", "Truncated")
        chunk = int.from_bytes(self.bits_section[first >> 3 : self.bit + 7 >> 3], "little")
        value = chunk >> (first & 7) & (1 << n) - 1
        if self.log and n:
            self.log.row("bits", f"{value:0{n}b}", what, f"bits {first} to {self.bit - 1}" if n > 1 else f"bit {first}")
        return value

    def word(self, what=""):
        first, self.word_at = self.word_at, self.word_at + 8
        need(self.word_at <= len(self.words_section), "the words end", "Truncated")
        word = bytes(self.words_section[first : self.word_at])
        if self.log:
            self.log.row("word", word.hex(), what, f"bytes {first} to {first + 7}")
        return word

    # Numbers.

    def number(self, contexts):
        high = self.symbol(contexts[0])
        low = self.symbol(contexts[1 + high])
        b = high << 2 | low >> 2
        if b <= 1:
            return b
        if b == 2:
            return 2 | low & 1
        return (4 | low & 3) << b - 3 | self.bits(b - 3, "the rest of a number")

    def signed(self, contexts):
        high = self.symbol(contexts[0])
        low = self.symbol(contexts[1 + high])
        b = high << 2 | low >> 2
        magnitude = b if b <= 1 else (2 | low & 1) << b - 2 | self.bits(b - 2, "the rest of a number")
        return ~magnitude if low & 2 else magnitude

    # Choices.

    def choice(self, things):
        """The thing of the list, or None if it is not on it."""
        for context, page in things.pages:
            if not page:
                return None
            symbol = self.symbol(context)
            if symbol < 15:
                return page[symbol] if symbol < len(page) else None
        return None

    # The end of a frame.

    def finish(self):
        """How many zero bytes are left behind the words; all else must be used up."""
        self.finish_symbols()
        need(self.bit + 7 >> 3 == len(self.bits_section), "there are bits left")
        left = -self.bit % 8
        need(self.bits(left, "to fill up the last byte") == 0, "the last byte of the bits is not filled up with zeros")
        need(not any(self.words_section[self.word_at :]), "there are words left")
        return len(self.words_section) - self.word_at


NUMBER_PARTS = ["H"] + [f"L{i}" for i in range(16)]


class Things:
    """A list for `Coder.choice`: pages of up to 15 things, at most four, each page with a context.

    The contexts are forks of one root for the first page and one for the others.
    """

    def __init__(self, model, roots, name, weight=72):
        self.model, self.roots, self.name, self.page_weight = model, roots, name, weight
        self.turn, self.pages = 0, []
        self.new_page()

    def new_page(self):
        self.model.weight += self.page_weight
        root, name = self.roots[len(self.pages) > 0], f"{self.name}, page {len(self.pages)}"
        self.pages.append((self.model.coder.fork(root, name), []))

    def __contains__(self, thing):
        return any(thing in page for _, page in self.pages)

    def is_full(self):
        return len(self.pages) == 4 and len(self.pages[3][1]) == 15

    def add(self, thing):
        if self.is_full():
            self.pages[3][1][self.turn] = thing
            self.turn = (self.turn + 1) % 15
            return
        if len(self.pages[-1][1]) == 15:
            self.new_page()
        self.pages[-1][1].append(thing)


# ------------------------------------------------------------------------------------------------ coder: rANS
# spec/coder.md#symbols, core/src/coder/rans.rs


class Rans(Coder):
    Context = Context
    weight = 458_752

    def open_symbols(self, section):
        self.halves = struct.unpack(f"<{len(section) // 2}H", section[: len(section) & ~1])
        self.half_left = len(section) & 1
        self.half_at, self.turn = 0, 0
        self.state = [self.next() | self.next() << 16 for _ in range(2)]

    def start(self):
        return "x0 = {:08x}, x1 = {:08x}, from bytes 0 to 7 of the symbols".format(*self.state)

    def next(self):
        need(self.half_at < len(self.halves), "the symbols end", "Truncated")
        self.half_at += 1
        return self.halves[self.half_at - 1]

    def symbol(self, context, told=None):
        x = self.state[self.turn]
        v = x & 32767
        symbol = bisect_right(context.F, v)
        low = context.F[symbol - 1] if symbol else 0
        width = context.F[symbol] - low
        x = width * (x >> 15) + v - low
        refill = x < 65536
        if refill:
            x = x << 16 | self.next()
        if self.log:
            place = f"{low} to {low + width - 1}; x{self.turn} = {x:08x}"
            place += f", takes bytes {2 * self.half_at - 2}, {2 * self.half_at - 1}" if refill else ""
            self.log.symbol(symbol, context, 15 - log2(width), place)
        self.state[self.turn] = x
        self.turn = 1 - self.turn
        context.adapt(symbol)
        return symbol

    def finish_symbols(self):
        need(self.state == [65536, 65536], "the rANS states do not end as they should")
        need(self.half_at == len(self.halves) and not self.half_left, "there are symbols left")


# ------------------------------------------------------------------------------------------------ mix
# spec/mix.md, core/src/coder/mix/

K = (1, 2, 3, 6, 10, 16, 27, 45, 73, 120, 194, 310, 488, 747, 1101, 1546, 2047, 2549, 2994, 3348, 3607, 3785, 3901,
     3975, 4022, 4050, 4068, 4079, 4085, 4089, 4092, 4093, 4094)  # fmt: skip
NODE_RATES = [655360 // (10 * n + 13) for n in range(15)] + [2048]
MAX_WEIGHT = 2**22
COUNT_CLASS = [0 if n == 0 else 1 if n <= 2 else 2 if n <= 10 else 3 for n in range(16)]


def squash(x):
    a, k = x & 127, (x >> 7) + 16
    return K[k] * (128 - a) + K[k + 1] * a + 64 >> 7


def make_stretch():
    table, x = [], -2047
    for p in range(4096):
        while x < 2047 and squash(x) < p:
            x += 1
        table.append(x)
    return table


STRETCH = make_stretch()


class Tree:
    """The nodes 1 to 15: probabilities of a one and counts. A context has a row and a number too."""

    __slots__ = ("p", "n", "row", "name", "number")

    def __init__(self):
        self.p, self.n, self.row = [2048] * 16, [0] * 16, 0

    def adapt(self, i, bit):
        p, n = self.p[i], self.n[i]
        self.p[i] = p + (((4095 if bit else 0) - p) * NODE_RATES[n] + 32768 >> 16)
        if n < 15:
            self.n[i] = n + 1

    def fork(self):
        tree = Tree()
        tree.p, tree.n, tree.row = self.p[:], [min(n, 3) for n in self.n], self.row
        return tree

    @staticmethod
    def load(trained):
        return Tree.take(trained, 8)

    @staticmethod
    def take(learnt, most=15):
        """From a context of coder 0."""
        F = [0] + learnt.F  # F[s] here is F[s - 1] of the chapter
        tree = Tree()
        tree.n = [sum(age < learnt.age for age in AGES[:most])] * 16
        for depth in range(4):
            for i in range(1 << depth, 2 << depth):
                first, span = i << 4 - depth & 15, 16 >> depth
                low, middle, high = F[first], F[first + span // 2], F[first + span]
                tree.p[i] = min(max((high - middle << 12) // max(high - low, 1), 8), 4088)
        return tree


def mix_hash(a, b):
    x = (a ^ b) * 0x9E3779B97F4A7C15 & U64
    x = (x ^ x >> 29) * 0xBF58476D1CE4E5B9 & U64
    return x


def spread(a):
    x = a * 0x9E3779B97F4A7C15 & U64
    return (x ^ x >> 32) * 0xD6E8FEB86659FD93 & U64


class Mixing(Coder):
    Context = Tree
    weight = 748_544

    def renew(self):
        super().renew()
        self.table, self.marks = [None] * 2**14, [None] * 2**14
        own = lambda at: (60000, 40000, 30000)[(at >> 2 & 3 > 0) + (at & 3 > 0)]
        plain = [[own(at)] + [12000] * 3 + [6000] * 3 + [0, 0] for at in range(256)]
        self.W = [plain, [[30000] + [12000] * 6 + [0, 0] for _ in range(256)]]
        self.V = [[0] * 9 for _ in range(1024)]

    def open_symbols(self, section):
        self.section, self.low, self.high, self.dropped = section, 0, 2**32 - 1, 0
        self.value = int.from_bytes(bytes(section[:4]).ljust(4, b"\0"), "big")
        self.one = self.two = self.three = 0

    def start(self):
        return f"value = {self.value:08x}, from bytes 0 to 3 of the symbols"

    # Histories.

    def symbol(self, context, told=None):
        if told:
            return self.decisions(context, 1, told)
        row, c = context.row, context.number
        g = [
            self.one,
            self.two ^ 0x5555,
            self.three ^ 0x7777,
            row & 15 | 1 << 20,
            row & 255 | 2 << 20,
            self.one ^ (row & 15 | 3 << 20) << 32,
        ]
        base = mix_hash(c + 1, 0)
        symbol = self.decisions(context, 0, [mix_hash(base, each) for each in g])
        context.row = (row << 4 | symbol) & 65535
        new = c | symbol + 1 << 40
        self.three = mix_hash(self.two, new)
        self.two = mix_hash(self.one, new)
        self.one = mix_hash(new, 0)
        return symbol

    def look_up(self, h):
        place, mark = h >> 50, h & 255
        if self.marks[place] != mark:
            self.marks[place], self.table[place] = mark, Tree()
        return place

    # A symbol.

    def decisions(self, context, group, hashes):
        places = [self.look_up(h) for h in hashes]
        trees = [self.table[place] for place in places]  # only now: a later one may have made an earlier one new
        i, cost = 1, 0.0
        for depth in range(4):
            p, n = context.p[i], context.n[i]
            certain = abs(p - 2048) * n // 24
            x = [STRETCH[p]] + [STRETCH[tree.p[i]] for tree in trees] + [certain if p >= 2048 else -certain, 256]
            counts = 16 * COUNT_CLASS[n] + 4 * COUNT_CLASS[trees[1].n[i]] + COUNT_CLASS[trees[2].n[i]]
            w = self.W[group][64 * depth + counts]
            v = self.V[4 * context.number % 1024 + depth]
            total = sum(map(mul, x, map(add, w, v))) >> 16
            P = squash(min(max(total, -2047), 2047))
            bit = self.decision(P)
            self.learn(w, v, x, (4096 * bit - P) * 6)
            context.adapt(i, bit)
            for tree in trees:
                tree.adapt(i, bit)
            i = 2 * i + bit
            cost -= log2((P if bit else 4096 - P) / 4096) if self.log else 0
        if self.log:
            self.log.symbol(i - 16, context, cost, f"{self.dropped} bytes dropped; low = {self.low:08x}")
        return i - 16

    @staticmethod
    def learn(w, v, x, error):
        change = [xj * error + 8192 >> 14 for xj in x]
        for u in (w, v):
            u[:] = map(add, u, change)
            if max(u) > MAX_WEIGHT or min(u) < -MAX_WEIGHT:
                u[:] = [min(max(uj, -MAX_WEIGHT), MAX_WEIGHT) for uj in u]

    # The arithmetic coder.

    def decision(self, P):
        q = min(max(16 * P + 8, 24), 65512)
        split = self.low + ((self.high - self.low) * q >> 16)
        bit = self.value <= split
        if bit:
            self.high = split
        else:
            self.low = split + 1
        while self.low >> 24 == self.high >> 24:
            self.low = self.low << 8 & U32
            self.high = (self.high << 8 | 255) & U32
            at = self.dropped + 4
            self.value = (self.value << 8 | (self.section[at] if at < len(self.section) else 0)) & U32
            self.dropped += 1
            need(self.dropped <= len(self.section), "the symbols end", "Truncated")
        return int(bit)

    def finish_symbols(self):
        for e in range(5):
            rest = 2 ** (32 - 8 * e) - 1
            end = self.low + rest & ~rest if e < 4 else self.low
            if end <= self.high and self.low + rest <= U32:
                break
        need(self.value == end, "the arithmetic coder does not end as it should")
        need(self.dropped + e == len(self.section), "there are symbols left")


# ------------------------------------------------------------------------------------------------ model/index
# spec/model/index.md, core/src/model/index.rs


def hashed(a, b, bits):
    """The upper bits of a hash of two numbers."""
    return ((a << 32 | b) * 0x9E3779B97F4A7C15 & U64) >> 64 - bits


class Cache:
    """Maps a pair to a number; each pair has one of 2^bits entries only, which it may share with others."""

    def __init__(self, bits=13):
        self.bits = bits
        self.entries = [None] * 2**bits

    def get(self, a, b):
        found = self.entries[hashed(a, b, self.bits)]
        return found[2] if found and found[:2] == (a, b) else None

    def set(self, a, b, value):
        self.entries[hashed(a, b, self.bits)] = (a, b, value)


# ------------------------------------------------------------------------------------------------ model/text
# spec/model/text.md, core/src/model/text/

TREE = Path(__file__).resolve().parents[2]


def read_primer():
    text = (TREE / "core/src/model/text/primer.txt").read_bytes()
    return text.translate(bytes.maketrans(b"\n~", b"\0\n"))


def read_prior(path):
    rows = (TREE / "core/src/model" / path).read_text().splitlines()
    rows = [[int(number) for number in row.split(",")] for row in rows if not row.startswith("#")]
    return {number: Context(F + [32768], age) for number, age, *F in rows}


def literal_place(history):
    """Of a literal behind this history, not at the start of a part."""
    z, y, x = history[-3:]
    digit = lambda byte: 0x30 <= byte <= 0x39
    if digit(x):
        return 0x30 + 256 * (digit(y) and digit(z))
    return x + 256 * (digit(y) or digit(z))


def train_literals(primer):
    """Of each place, what coding the primer teaches its 17 contexts."""

    def code(contexts, byte):
        contexts[0].adapt(byte >> 4)
        contexts[1 + (byte >> 4)].adapt(byte & 15)

    common = [Context() for _ in range(17)]
    for byte in primer:
        code(common, byte)
    places = [[context.fork() for context in common] for _ in range(512)]
    for i in range(3, len(primer)):
        place = literal_place(primer[i - 3 : i]) if primer[i - 1] else 0
        code(places[place], primer[i])
    for place in range(128):
        if not chr(place).isalnum():
            for mask in (UUID4, HEX, DECIMAL):
                code(places[place], mask)
    return places


class Primer:
    """Read and trained once, when it is first needed."""

    tables = None

    @classmethod
    def get(cls):
        if cls.tables is None:
            cls.tables = cls()
        return cls.tables

    def __init__(self):
        self.bytes = read_primer()
        self.ends = [i for i, byte in enumerate(self.bytes) if byte == 0]
        self.lines = self.bytes.split(b"\0")[:-1]
        self.priors = read_prior("prior.csv"), read_prior("lean/prior.csv")
        self.literals = train_literals(self.bytes)


class Text:
    def new_text(self):
        self.primer = Primer.get()
        self.history = bytearray(self.primer.bytes)
        self.ends = self.primer.ends[:]
        self.distances = [1, 1]
        self.literal_contexts = {}
        self.plain = self.settings.lean  # literals

    def new_text_contexts(self):
        new, number = self.coder.new, self.coder.new_number
        block = lambda name, count: [new(f"text: {name}, {i}") for i in range(count)]
        self.zeros, self.more_zeros = new("text: zeros"), number("text: more zeros")
        self.runs = block("run of literals", 4)
        self.kinds_of_match, self.lengths = block("kind of match", 12), block("length", 6)
        self.long, self.far_back = number("text: long"), number("text: far")

    def text(self, of_key, aligned_to=None):
        """The next text; of a key's name, or of a value, which may be aligned to the text at a position."""
        start = len(self.history)
        if aligned_to is not None and aligned_to != start:
            self.distances = [start - aligned_to, self.distances[0]]
        zeros = self.coder.symbol(self.zeros)
        if zeros == 15:
            zeros += self.coder.number(self.more_zeros)
        for part in range(zeros + 1):
            if part:
                self.append(b"\0")
            self.text_part(3 if of_key else 0 if aligned_to is None else 1)
            self.ends.append(len(self.history))
        text = bytes(self.history[start:])
        self.say("text: {!r}", text)
        return text

    def text_part(self, after):
        start = len(self.history)
        ended = False
        while not ended:
            run = self.coder.symbol(self.runs[after])
            for _ in range(run if run < 15 else NONE):
                byte = self.plain_literal() if self.plain else self.literal(len(self.history) == start)
                if byte == 0:
                    need(run == 15, "a literal 0 in a run")
                    return
                self.append(bytes([byte]))
            if run < 14:
                ended = self.match(start, after, run)
            after = 2

    def match(self, start, after, run):
        """Appends what the match is; whether the part ends with it."""
        kind = self.coder.symbol(self.kinds_of_match[3 * after + min(run, 2)])
        if kind == 3:
            line = self.coder.bits(10, "line of the primer")
            need(line < len(self.primer.lines), "no such line of the primer")
            self.append(self.primer.lines[line])
            return True
        return self.copy(kind, start, after)

    def copy(self, kind, start, after):
        need(kind < 3, "no such kind of match")
        distance = self.coder.number(self.far_back) & U32 if kind == 2 else self.distances[kind]
        if kind:
            self.distances = [distance, self.distances[0]]
        source = len(self.history) - distance
        need(0 <= source < len(self.history), "a match from outside of the history")
        least = 4 if kind == 2 else 1
        length = self.coder.symbol(self.lengths[2 * kind + (after == 2)])
        if length == 15:
            length = least + 14 + self.coder.number(self.long) & U32
        elif length:
            length = least - 1 + length
        else:
            empty = len(self.history) == start
            end = self.end_from(source if kind != 2 and not empty else source + 1)
            self.append_copy(source, end - source)
            return True
        self.append_copy(source, length)
        return False

    def end_from(self, position):
        """The first end at this position or behind it."""
        at = bisect_right(self.ends, position - 1)
        need(at < len(self.ends), "a match up to an end that is not there")
        return self.ends[at]

    def append_copy(self, source, length):
        self.check_new(length)
        for i in range(source, source + length):
            self.history.append(self.history[i])

    def append(self, text):
        self.check_new(len(text))
        self.history += text

    def literal(self, at_start):
        place = 0 if at_start else literal_place(self.history)
        if place not in self.literal_contexts:
            names = [f"literal after {self.place_name(place)}, {part}" for part in NUMBER_PARTS]
            trained = zip(self.primer.literals[place], names)
            self.literal_contexts[place] = [self.coder.load(context, name) for context, name in trained]
        contexts = self.literal_contexts[place]
        told = self.literal_histories() if isinstance(self.coder, Mixing) else None
        upper = self.coder.symbol(contexts[0], told)
        told = told and [spread(h ^ upper + 1) for h in told]
        return upper << 4 | self.coder.symbol(contexts[1 + upper], told)

    @staticmethod
    def place_name(place):
        return "nothing" if place == 0 else repr(chr(place & 255)) + (" and digits" if place >> 8 else "")

    def literal_histories(self):
        """For the mixing coder: what it is told of a literal (spec/mix.md#histories)."""
        tail = int.from_bytes(self.history[-8:], "big")
        back = len(self.history) - self.distances[0]
        expected = self.history[back] if 0 <= back < len(self.history) else 0
        word = 7
        for byte in reversed(self.history[-12:]):
            if not chr(byte).isascii() or not chr(byte).isalpha():
                break
            word = (word ^ byte) * 0x100000001B3 & U64
        return [
            spread(tail & 0xFFFF | 1 << 56),
            spread(tail & 0xFFFFFF | 2 << 56),
            spread(tail & 0xFFFFFFFF | 3 << 56),
            spread((tail & 0xFF) << 8 | expected | 4 << 56),
            spread(word << 8 & U64 ^ 5),
            spread(tail & 0xFFFFFFFFFFFF | 6 << 56),
        ]


# ------------------------------------------------------------------------------------------------ model/value
# spec/model/value.md, core/src/model/value.rs, strings.rs


class Value:
    """A whole field, its key, and the payload that it was put together from."""

    __slots__ = ("key", "payload", "field")

    def __init__(self, key, payload):
        self.key, self.payload, self.field = key, payload, field(key, payload)


def length_in_bits(v):
    return (v if v >= 0 else ~v).bit_length()


def to_signed(x):
    x &= U64
    return x - 2**64 if x >> 63 else x


class Numbers:
    """How the numbers of a key, or of a site, go on."""

    def __init__(self, *roots):
        self.roots, self.contexts, self.used = roots, None, False
        self.last = self.last_difference = self.first = 0
        self.cost_difference = self.cost_plain = 0


class Values:
    def new_values(self):
        self.table = []  # the string table

    # Values outside of slots.

    def value(self, key):
        """The number of the next value of this key."""
        symbol = self.coder.symbol(key.known)
        if symbol == 0:
            need(key.last != NONE, "the last value of a key that has none")
            number = key.last
        elif symbol == 1:
            number = self.value_by_place(key, key.place)
        else:
            number = self.new_value(key)
        key.last = number
        return number

    # Places.

    def value_by_place(self, key, context):
        place = self.coder.symbol(context)
        if place == 15:
            place = self.later_place(key)
        need(0 <= place < len(key.values), "a value that the key does not have")
        return key.values[place]

    def later_place(self, key):
        if key.older is None:
            key.older = self.coder.fork_number(self.older_key, f"older value of {key.title}")
        return len(key.values) - 1 - self.coder.number(key.older)

    # New values.

    def new_value(self, key):
        return self.add_value(key, self.payload(key, key.type))

    def add_value(self, key, payload):
        value = Value(key, payload)
        self.check_new(len(value.field))
        self.weight += 36 + len(value.field)
        self.table.append(value)
        key.values.append(len(self.table) - 1)
        self.say("value {} of {}: {}", len(self.table) - 1, key.title, value.field.hex())
        return len(self.table) - 1

    def payload(self, key, type_, depth=0):
        if type_ in (EMPTY, MISSING):
            return b""
        if type_ in (BOOL, INT, VARINT, FIXED64):
            return self.number_of_key(key) & U64
        if type_ == FIXED32:
            return self.number_of_key(key) & U32
        if type_ == DOUBLE:
            return self.double(key)
        if type_ == ARRAY:
            return self.array(key, depth)
        if type_ == KVLIST:
            return self.kvlist(key)
        return self.string(key)

    # Numbers.

    def number_of_key(self, key):
        return self.number_of(key.numbers, key.title)

    def number_of(self, numbers, title):
        """The next number of a key, or of what shares its ways."""
        if numbers.contexts is None:
            difference = self.coder.fork_number(numbers.roots[0], f"difference of {title}")
            numbers.contexts = difference, self.coder.fork_number(numbers.roots[1], f"number of {title}")
        return self.next_number(numbers, *numbers.contexts)

    def next_number(self, numbers, difference, plain):
        if self.settings.deltas and numbers.cost_difference <= numbers.cost_plain:
            value = to_signed(numbers.last + self.coder.signed(difference))
        else:
            value = self.coder.signed(plain)
        decay = lambda cost, v, before: cost - cost // 8 + 2 * length_in_bits(v) + 4 * ((v < 0) != (before < 0))
        step = to_signed(value - numbers.last)
        numbers.cost_difference = decay(numbers.cost_difference, step, numbers.last_difference)
        numbers.cost_plain = decay(numbers.cost_plain, value, numbers.last)
        numbers.last, numbers.last_difference = value, step
        return value

    # Doubles.

    def double(self, key):
        scale = self.coder.symbol(self.scale)
        number = self.number_of_key(key)
        if scale > 6:
            return number & U64
        return int.from_bytes(struct.pack("<d", float(number) / float(10**scale)), "little")

    # Strings.

    def string(self, key):
        if key.number in HEADS.values():
            return self.single(RESOURCE if key.number == RESOURCE_KEY else SCOPE)
        return self.lean_string(key) if self.settings.lean else self.patterned(key)

    def text_of_key(self, key):
        aligned_to, key.text_start = key.text_start, len(self.history)
        return self.text(False, aligned_to)

    # Arrays and lists.

    def array(self, key, depth):
        if self.coder.symbol(self.structured[0]) == 0:
            return self.text_of_key(key)
        need(depth < 16, "arrays too deep")
        count = self.coder.number(self.count)
        out = bytearray()
        key.numbers.last = key.numbers.first
        for i in range(count):
            type_ = self.coder.symbol(self.element_type)
            need(type_ <= MISSING, "no such type of element")
            out += tagged(0x0A, any_value(type_, self.payload(key, type_, depth + 1)))
            if i == 0:
                key.numbers.first = key.numbers.last
            self.check(out)
        return bytes(out)

    def kvlist(self, key):
        if self.coder.symbol(self.structured[1]) == 0:
            return self.text_of_key(key)
        need(self.lists < 16, "lists too deep")
        self.lists += 1
        out = self.fields_in_a_row(NESTED)
        self.lists -= 1
        return out


# ------------------------------------------------------------------------------------------------ model/pattern
# spec/model/pattern.md, core/src/model/pattern/

OWN_TRACE_ID, OWN_SPAN_ID, UUID4, UUID, HEX, DECIMAL, ADDRESS, ALNUM, PADDED, TIME = KINDS = range(14, 24)
KIND_NAMES = "trace-id span-id uuid4 uuid hex decimal address word padded time".split()
LAST, AFTER, IN_TRACE, KIND_IN_TRACE, FAR, NEW, NEAR = range(7)
USES = 4096


class Site:
    def __init__(self, model, kind):
        model.weight += 152
        self.kind, self.used, self.context, self.steps = kind, False, None, None
        self.last, self.offset = NONE, 0
        self.numbers = Numbers(model.root_site_difference, model.root_site_plain)

    def own(self, root, mine, fork):
        """The root the first time, later the site's own."""
        first, self.used = not self.used, True
        return root if first else mine or fork(root)


class Pattern:
    def __init__(self, key, number):
        self.key, self.number, self.after = key, number, None
        self.pieces = []  # bytes, and variables: (site, parameter)


class Patterns:
    def new_patterns(self):
        self.patterns, self.sites = [], {}
        self.variables, self.number_of_variable = [], {}
        self.uses = {kind: deque(maxlen=USES) for kind in KINDS}  # the last one first
        self.variable_cache = Cache(12)

    def new_pattern_contexts(self):
        new, number = self.coder.new, self.coder.new_number
        self.pattern_lists = self.new_lists("patterns")
        self.older_pattern = number("older pattern")
        self.sources_of_kind = {k: new(f"source of {KIND_NAMES[k - 14]}") for k in KINDS}
        self.far_use, self.hex_digits = number("far use"), number("hex digits")
        self.root_steps = number("steps of time")
        self.root_site_difference = number("difference of variable")
        self.root_site_plain = number("number of variable")
        self.addresses = Numbers(self.root_site_difference, self.root_site_plain)

    # Strings.

    def patterned(self, key):
        symbol = self.coder.symbol(key.string_class)
        if symbol == 0:
            return self.text_of_key(key)
        if symbol < 9:
            return self.variable(self.site(key, 13 + symbol, b""), 0, NONE)[0]
        need(symbol < 11, "no such class of strings")
        pattern = key.pattern = self.known_pattern(key) if symbol == 9 else self.new_pattern(key)
        need(pattern.key == key, "the pattern of another key")
        out, before = b"", NONE
        for piece in pattern.pieces:
            if isinstance(piece, bytes):
                out += piece
            else:
                value, before = self.variable(*piece, before)
                out += value
            need(len(out) <= self.length, "more bytes than the header says")
        return out

    def known_pattern(self, key):
        need(key.pattern, "a known pattern of a key that has none")
        things = self.after_pattern(key.pattern)
        number = self.coder.choice(things)
        if number is None:
            number = len(self.patterns) - 1 - self.coder.number(self.older_pattern)
            need(number >= 0, "no such pattern")
            if number not in things:
                things.add(number)
        return self.patterns[number]

    def after_pattern(self, pattern):
        if pattern.after is None:
            pattern.after = Things(self, self.pattern_lists, f"pattern after {pattern.number}")
        return pattern.after

    def new_pattern(self, key):
        text = self.text_of_key(key)
        pattern = Pattern(key, len(self.patterns))
        at = start = 0
        while at < len(text):
            if text[at] not in KINDS:
                at += 1
                continue
            pattern.pieces.append(text[start:at])
            kind, before, parameter = text[at], text[max(at - 24, 0) : at], 0
            if kind in (PADDED, TIME):
                at += 1
                need(at < len(text) and text[at] >= 65, "a mask without its parameter")
                parameter = text[at] - 65
            self.check_new(16 + 152 * ((key.number, kind, before) not in self.sites))
            self.weight += 16
            pattern.pieces.append((self.site(key, kind, before), parameter))
            start = at = at + 1
        pattern.pieces.append(text[start:])
        self.weight += 56
        self.patterns.append(pattern)
        if key.pattern:
            things = self.after_pattern(key.pattern)
            things.add(pattern.number)
        return pattern

    def site(self, key, kind, before):
        if (key.number, kind, before) not in self.sites:
            self.sites[key.number, kind, before] = Site(self, kind)
            self.sites[key.number, kind, before].number = len(self.sites) - 1
        return self.sites[key.number, kind, before]

    # Variables.

    def variable(self, site, parameter, before):
        """The text of a variable, and its value, which is what comes before the next one."""
        if site.kind in (OWN_TRACE_ID, OWN_SPAN_ID):
            own = self.own_trace if site.kind == OWN_TRACE_ID else self.own_span
            need(own is not None, "an own id that waits")
            return own.hex().encode(), before
        if site.kind == TIME:
            return self.time_text(site, parameter), before
        number = self.value_of_variable(site, parameter, before)
        trace = self.trace_at_hand
        if before != NONE:
            self.variable_cache.set(site.number, before, number)
        if trace != NONE:
            self.variable_cache.set(site.number, trace | 2**31, number)
            self.variable_cache.set(site.kind | 2**31, trace | 2**31, number)
        site.last = number
        uses = self.uses[site.kind]
        if not uses or uses[0] != number:
            uses.appendleft(number)
        self.say("variable {}: {!r}", number, self.variables[number])
        return self.variables[number], number

    def value_of_variable(self, site, parameter, before):
        fork = lambda root: self.coder.fork(root, f"source at site {site.number}")
        context = site.own(self.sources_of_kind[site.kind], site.context, fork)
        site.context = context if context is not self.sources_of_kind[site.kind] else None
        source = self.coder.symbol(context)
        if source == NEW:
            return self.new_variable(site.kind, self.new_value_of_variable(site, parameter))
        uses, trace, cache = self.uses[site.kind], self.trace_at_hand | 2**31, self.variable_cache
        if source == LAST:
            number = site.last
        elif source == AFTER:
            number = cache.get(site.number, before) if before != NONE else None
        elif source in (IN_TRACE, KIND_IN_TRACE):
            place = site.number if source == IN_TRACE else site.kind | 2**31
            number = cache.get(place, trace) if self.trace_at_hand != NONE else None
        else:
            back = self.coder.number(self.far_use) if source == FAR else source - NEAR
            number = uses[back] if back < len(uses) else None
        need(number not in (None, NONE), "a variable that was not seen there")
        return number

    def new_variable(self, kind, text):
        if (kind, text) not in self.number_of_variable:
            self.check_new(len(text) + 36)
            self.weight += len(text) + 36
            self.number_of_variable[kind, text] = len(self.variables)
            self.variables.append(text)
        return self.number_of_variable[kind, text]

    def new_value_of_variable(self, site, parameter):
        if site.kind == UUID4:
            digits = f"{self.coder.bits(48):012x}4{self.coder.bits(12):03x}{2 << 62 | self.coder.bits(62):016x}"
            return self.dashed(digits)
        if site.kind == UUID:
            return self.dashed((self.coder.word("of a UUID") + self.coder.word("of a UUID")).hex())
        if site.kind == HEX:
            length = self.coder.number(self.hex_digits)
            self.check_new(length)
            return bytes(b"0123456789abcdef"[self.coder.bits(4, "hex digit")] for _ in range(length))
        if site.kind in (DECIMAL, PADDED):
            return f"{self.sparing_number(site.numbers, f'site {site.number}'):0{max(parameter, 1)}d}".encode()
        if site.kind == ADDRESS:
            return b"0x%x" % (self.sparing_number(self.addresses, "address") & U64)
        return self.text(False)

    @staticmethod
    def dashed(digits):
        return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:])).encode()

    def sparing_number(self, numbers, title):
        first, numbers.used = not numbers.used, True
        return self.next_number(numbers, *numbers.roots) if first else self.number_of(numbers, title)

    # Times.

    def time_text(self, site, form):
        need(form < 28, "no such form of time")
        fraction = form // 2
        if form >= 24:
            unit = 10 ** (9 - 3 * (form - 24))
        else:
            unit = {10: 1, 11: 1_000_000}.get(fraction) or 10 ** (9 - fraction)
        moment = self.last_span[0] if self.last_event is None else self.last_event
        contexts = site.own(self.root_steps, site.steps, lambda root: self.coder.fork_number(root, "steps at a site"))
        site.steps = contexts if contexts is not self.root_steps else None
        difference = self.coder.signed(contexts)
        steps = to_signed(moment // unit + site.offset + difference)
        site.offset = to_signed(site.offset + difference)
        need(0 <= steps * unit < 2**63, "a time that is none")
        if form >= 24:
            return b"%d" % steps
        seconds, nanos = divmod(steps * unit, 10**9)
        days, second = divmod(seconds, 86_400)
        text = f"{date.fromordinal(719_163 + days)}{'T '[form % 2]}"
        text += f"{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}"
        if fraction == 11:
            text += f",{nanos // 1_000_000:03}"
        elif fraction == 10:
            text += f".{nanos:09}".rstrip("0") if nanos else ""
        elif fraction:
            text += f".{nanos:09}"[: 1 + fraction]
        return text.encode()


# ------------------------------------------------------------------------------------------------ model/request
# spec/model/request.md, core/src/model/request.rs, keys.rs

SPAN_NAME, EVENT_NAME, RESOURCE_KEY, SCOPE_KEY = range(4)
HEADS = {RESOURCE_SPANS: RESOURCE_KEY, SCOPE_SPANS: SCOPE_KEY}
NAMES = {SPAN: SPAN_NAME, EVENT: EVENT_NAME}


class Key:
    def __init__(self, model, number, level, form, type_, tag, name):
        self.number, self.level, self.form, self.type, self.tag, self.name = number, level, form, type_, tag, name
        field_ = repr(name.decode(errors="replace")) if form in (KEY_FIRST, VALUE_FIRST) else f"{FORMS[form]} {tag:02x}"
        known = ("name of Span", "name of Event", "resource", "scope")
        self.title = known[number] if number < 4 else f"{LEVELS[level]} {field_} {TYPES[type_]}"
        model.weight += 112 + len(name)
        fork = model.coder.fork
        self.place = fork(model.root_place, f"place of {self.title}")
        self.source = fork(model.root_source, f"source of {self.title}")
        self.known = fork(model.root_known, f"known {self.title}")
        self.string_class = fork(model.root_class, f"class of {self.title}")
        self.older = None
        self.numbers = Numbers(model.root_difference, model.root_plain)
        self.values, self.last = [], NONE
        self.text_start = self.pattern = None


class Request:
    def new_request(self):
        self.keys = []
        for level, tag in ((SPAN, 0x2A), (EVENT, 0x12), (RESOURCE_SPANS, 0x0A), (SCOPE_SPANS, 0x0A)):
            self.keys.append(Key(self, len(self.keys), level, PLAIN, LEN, tag, b""))
        self.next_kinds = {}  # the lists of what may follow: by level at the start, by kind inside
        self.at_hand = {RESOURCE_SPANS: NONE, SCOPE_SPANS: NONE}
        self.last_shapes = Cache()
        self.lists = 0

    def fields_in_a_row(self, level):
        """A message of the levels 5 to 8."""
        head = self.head(level) if level in HEADS else None
        out = bytearray()
        before = None
        while True:
            kind = self.next_kind(level, before)
            if kind == END:
                return bytes(out)
            before = kind
            first_gap = len(self.gaps)
            if kind == CHILDREN and level == SCOPE_SPANS:
                self.put(out, b"", self.run_of_spans(), first_gap)
            elif kind == CHILDREN:
                inner = self.fields_in_a_row(RESOURCE_SPANS if level == REQUEST else SCOPE_SPANS)
                self.put(out, varint(TAGS[level][CHILDREN]) + varint(len(inner)), inner, first_gap)
            else:
                need(kind >= 8, "this part is no field of this message")
                key = self.keys[kind - 8]
                if head is not None and key.number == HEADS[level]:
                    out += head
                    head = None
                else:
                    out += self.table[self.value(key)].field
            self.check(out)

    # Heads.

    def head(self, level):
        """Its field, which may outlive the string table, or None."""
        has = self.coder.symbol(self.has_head[level])
        number = self.value(self.keys[HEADS[level]]) if has else NONE
        self.at_hand[level] = number
        if level == RESOURCE_SPANS:
            self.postpone = self.coder.symbol(self.postpone_context)
            need(self.postpone <= OTHERS_WAIT, "no such ids to wait")
            self.process_key = self.key_of_process(self.table[number].field) if has else 0
        self.say("{} at hand: {}", "resource" if level == RESOURCE_SPANS else "scope", number if has else "none")
        return self.table[number].field if has else None

    @staticmethod
    def key_of_process(head):
        cursor, key = Cursor(head), 0
        cursor.number(), cursor.number()  # tag and length
        while cursor.at < len(head):
            start = cursor.at
            tag, length = cursor.varint(), cursor.varint()
            has_length = tag is not None and 8 <= tag < 0x80 and tag & 7 == 2 and length is not None
            end = cursor.at + length if has_length else len(head) + 1
            cursor.at = end if end <= len(head) else len(head)
            key += xxh3_64(head[start : cursor.at])
        return key & U64

    # The list of a run of spans.

    def run_of_spans(self):
        shape = self.last_shapes.get(*self.at_hand.values())
        shapes = self.lean_shapes if self.settings.lean else self.shapes
        first = self.first_templates(SPAN) if shape is None else shapes[shape].followers
        out, last = self.run(first, SPAN, TAGS[SCOPE_SPANS][CHILDREN])
        if last is not None and (self.lean_shapes if self.settings.lean else self.shapes):
            self.last_shapes.set(*self.at_hand.values(), last.number)
        return out

    # Kinds.

    def next_kind(self, level, before):
        """The kind of the field behind `before`, which is None at the start of a message."""
        place = (level,) if before is None else before
        if place not in self.next_kinds:
            title = f"start of {LEVELS[level]}" if before is None else self.kind_name(before)
            self.next_kinds[place] = Things(self, self.kind_lists, f"field after {title}")
        things = self.next_kinds[place]
        kind = self.coder.choice(things)
        if kind is None:
            kind = self.explicit_kind(level)
            if kind not in things:
                things.add(kind)
        need(kind >= 8 or kind in TAGS.get(level, ()), "a part that this level does not have")
        self.say("{}: next field: {}", LEVELS[level], self.kind_name(kind))
        return kind

    def kind_name(self, kind):
        return "END" if kind == END else PARTS[kind] if kind < 8 else self.keys[kind - 8].title

    def explicit_kind(self, level):
        symbol = self.coder.symbol(self.explicit_key)
        if symbol == 0:
            key = len(self.keys) - 1 - self.coder.number(self.older_key_number)
            need(0 <= key and self.keys[key].level == level, "no such key at this level")
            return 8 + key
        if symbol == 1:
            return 8 + self.new_key(level)
        if symbol == 2:
            return END
        need(symbol - 3 < 8, "no such part")
        return symbol - 3

    def new_key(self, level):
        form = self.coder.symbol(self.form)
        type_ = self.coder.symbol(self.type)
        need(form <= VERBATIM and type_ in TYPES_OF_FORM[form], "no such form of a key, or not with this type")
        tag = self.coder.number(self.tag)
        name = self.text(True) if form in (KEY_FIRST, VALUE_FIRST) else b""
        self.keys.append(Key(self, len(self.keys), level, form, type_, tag, name))
        return len(self.keys) - 1


# ------------------------------------------------------------------------------------------------ model/message
# spec/model/message.md, core/src/model/message.rs, template.rs, arrangement.rs


class Family:
    def __init__(self, model, name):
        self.number, self.name, self.times = len(model.families), name, None
        self.sets = Things(model, model.set_lists, f"set of family {self.number}")
        self.times = Times(model)
        model.weight += 36
        model.families.append(self)


class Set:
    def __init__(self, model, level, kinds):
        self.number, self.level, self.kinds = len(model.sets), level, sorted(kinds)
        self.keys = [kind - 8 for kind in self.kinds if kind >= 8]
        self.has = set(self.kinds)
        self.orders = []  # every order that was added; the list may have dropped some
        self.order_list = Things(model, model.order_lists, f"order of set {self.number}")
        model.weight += 44 + 4 * len(kinds)
        model.sets.append(self)

    def add_order(self, model, order):
        self.orders.append(order)
        self.order_list.add(order)
        model.weight += 36 + 2 * len(order)

    def order_of(self, kinds):
        """The places that these kinds, in the order of a message, take."""
        taken, order = {}, []
        for kind in kinds:
            nth = taken[kind] = taken.get(kind, -1) + 1
            order.append(kind if kind < 8 else 8 + self.keys.index(kind - 8) + nth)
        return tuple(order)


class Shape:
    def __init__(self, model, family, set_):
        self.number, self.family, self.set = len(model.shapes), family, set_
        title = f"shape {self.number}"
        self.slots = model.slots_of(family, set_)
        self.chunks = []
        for first in range(0, len(self.slots), 64):
            self.chunks.append(Chunk(model, self.slots[first : first + 64], f"vector of {title}, chunk {first // 64}"))
        self.followers = Things(model, model.template_lists, f"after {title}")
        self.relations, self.uses = model.relations_of_new_shapes, 0
        self.resource = NONE
        self.times = family.times if family.number else Times(model)
        self.children = {}
        model.weight += 92 + 4 * len(self.slots)
        model.shapes.append(self)


class Message:
    def new_message(self):
        self.families, self.sets, self.shapes = [], [], []
        self.shape_of = {}  # by family and set
        self.first_lists = {}

    def first_templates(self, level):
        if level not in self.first_lists:
            roots = self.family_lists if self.is_lean(level) else self.template_lists
            self.first_lists[level] = Things(self, roots, f"first {LEVELS[level]}")
        return self.first_lists[level]

    # Runs.

    def run(self, things, level, tag):
        """The messages of a run under their tag, and the shape of the last one."""
        out, last = bytearray(), None
        while True:
            first_gap = len(self.gaps)
            template = self.lean_template(things, level) if self.is_lean(level) else self.template(things, level)
            if template is None:
                return bytes(out), last
            if self.is_lean(level):
                last, message = template, self.lean_message(template)
            else:
                last, message = template[0], self.message(*template)
            self.put(out, varint(tag) + varint(len(message)), message, first_gap)
            self.check(out)
            renewed = level == SPAN and self.after_span()
            things = self.first_templates(SPAN) if renewed else last.followers

    def single(self, level):
        template = self.template(self.first_templates(level), level)
        need(template is not None, "no message where one must be")
        return self.message(*template)

    def message(self, shape, order):
        set_ = shape.set
        parts, known = {}, {}
        if set_.level == SPAN:
            parts, known = self.span_parts(shape)
        elif set_.level == EVENT:
            parts = self.event_parts(shape)
        elif set_.level == LINK:
            parts, known = self.link_parts(shape)
        if NAME in set_.has:
            parts[NAME] = self.table[shape.family.name].field
        values = self.walk(shape)
        if set_.level == SPAN:
            self.note_draw(known.get(SPAN_ID), known.get(PARENT_ID), self.thread(shape, values))
        out = bytearray()
        for place in order:
            if place >= 8:
                out += self.table[values[place - 8]].field
            elif place in (EVENTS, LINKS):
                first_gap = len(self.gaps)
                self.put(out, b"", self.children(shape, place), first_gap)
            else:
                self.put_part(out, place, parts, known)
        return bytes(out)

    def children(self, shape, part):
        level = EVENT if part == EVENTS else LINK
        if part not in shape.children:
            shape.children[part] = Things(self, self.template_lists, f"{LEVELS[level]}s of shape {shape.number}")
        return self.run(shape.children[part], level, TAGS[SPAN][part])[0]

    # Templates.

    def template(self, things, level):
        """A shape and an order, or None at the end of a run."""
        shape = self.coder.choice(things)
        if shape is None:
            shape, order = self.explicit_template(level)
            if shape not in things:
                things.add(shape)
        elif shape != END:
            set_ = self.shapes[shape].set
            order = set_.orders[0] if len(set_.orders) == 1 else self.order(set_)
        self.say("{}: {}", LEVELS[level], "END of the run" if shape == END else f"shape {shape}")
        return None if shape == END else (self.shapes[shape], order)

    def explicit_template(self, level):
        family = self.explicit_family(level)
        if family is None:
            return END, None
        order = None
        number = self.coder.choice(family.sets)
        if number is None:
            if self.coder.symbol(self.set_known):
                number = len(self.sets) - 1 - self.coder.number(self.set)
                need(0 <= number, "no such set")
            else:
                number, order = self.new_set(level)
            if number not in family.sets:
                family.sets.add(number)
        set_ = self.sets[number]
        need(set_.level == level, "a set of another level")
        need((NAME in set_.has) == (family.number != 0), "a name that the family does not have")
        if (family, set_) not in self.shape_of:
            self.shape_of[family, set_] = Shape(self, family, set_)
            self.check(b"")
        return self.shape_of[family, set_].number, self.order(set_) if order is None else order

    def explicit_family(self, level):
        symbol = self.coder.symbol(self.explicit[level])
        if symbol == 0:
            return None
        if symbol == 1:
            number = len(self.families) - 1 - self.coder.number(self.family)
            need(0 < number, "no such family")
            return self.families[number]
        if symbol == 2:
            need(level in NAMES, "no names at this level")
            return Family(self, self.value(self.keys[NAMES[level]]))
        need(symbol == 3, "no such kind of family")
        return self.families[0]

    def new_set(self, level):
        kinds, before = [], None
        while True:
            before = self.next_kind(level, before)
            if before == END:
                break
            kinds.append(before)
            need(len(kinds) <= 1025, "too many fields in a message")
            need(before >= 8 or before in (EVENTS, LINKS) or kinds.count(before) == 1, "a part that comes twice")
            self.check(b"")
        for set_ in self.sets:
            if set_.level == level and set_.kinds == sorted(kinds):
                break
        else:
            set_ = Set(self, level, kinds)
        need(not set_.order_list.is_full(), "one more order of a set that has all it can have")
        order = set_.order_of(kinds)
        set_.add_order(self, order)
        return set_.number, order

    # Orders.

    def order(self, set_):
        order = self.coder.choice(set_.order_list)
        if order is None:
            order = self.arranged(set_.orders[0])
            if not set_.order_list.is_full():
                set_.add_order(self, order)
        return order

    def arranged(self, first):
        order, left, next_, departures = [], list(range(len(first))), 0, 0

        def comes(index):
            nonlocal next_
            left.remove(index)
            order.append(first[index])
            next_ = index + 1

        while left:
            run = self.coder.symbol(self.arrangement[departures])
            for _ in range(run):
                need(left, "more places than there are")
                comes(next((index for index in left if index >= next_), left[0]))
            if run == 15 or not left:
                continue
            departures = min(departures + 1, 3)
            k = self.coder.bits((len(left) - 1).bit_length(), "place")
            need(k < len(left), "no such place")
            comes(left[k])
        return tuple(order)


# ------------------------------------------------------------------------------------------------ model/slots
# spec/model/slots.md, core/src/model/slots.rs


class Slot:
    def __init__(self, model, key):
        self.number, self.key, self.last, self.before = len(model.slots), key, key.last, NONE
        self.place = model.coder.fork(key.place, f"place in slot {self.number}, {key.title}")
        model.weight += 60
        model.slots.append(self)


class Chunk:
    """Up to 64 slots of a shape."""

    def __init__(self, model, slots, title):
        self.slots, self.varying = slots, set()
        self.vectors = Things(model, model.vector_lists, title, 256)
        model.weight += 16


class Slots:
    def new_slots(self):
        self.slots, self.slot_of = [], {}
        self.associations, self.in_trace = Cache(), Cache()

    def slots_of(self, family, set_):
        owner = family.number if family.number else ~set_.number & U32
        slots, occurrences = [], {}
        for number in set_.keys:
            occurrence = occurrences[number] = occurrences.get(number, -1) + 1
            place = (owner, number, occurrence)
            if place not in self.slot_of:
                self.slot_of[place] = Slot(self, self.keys[number])
            slots.append(self.slot_of[place])
        return slots

    # Prediction.

    def first_cause(self, shape):
        resource = self.at_hand[RESOURCE_SPANS]
        if resource == shape.resource:
            return None
        if shape.resource != NONE:
            for chunk in shape.chunks:
                for slot in sorted(chunk.varying, key=chunk.slots.index):
                    if slot.last != NONE:
                        self.associations.set(slot.number, shape.resource + 2**31, slot.last)
        shape.resource = resource
        return None if resource == NONE else resource + 2**31

    def predicted(self, slot, cause):
        found = None if cause is None else self.associations.get(slot.number, cause)
        return slot.last if found is None else found

    # Walk.

    def walk(self, shape):
        """The values of the slots of a message."""
        cause, twin = self.first_cause(shape), None
        associations, in_trace, values = [], [], []
        for chunk in shape.chunks:
            sources = self.vector(chunk)
            varying = set(chunk.varying)
            for slot in chunk.slots:
                if slot in sources:
                    number = self.from_source(slot, sources[slot], twin)
                    slot.key.last = number
                elif cause is not None and slot in varying:
                    number = self.predicted(slot, cause)
                else:
                    number = slot.last
                need(number != NONE, "a value that is not there")
                values.append(number)
                visited = slot in sources or slot in varying
                if visited and cause is not None and self.associations.get(slot.number, cause) != number:
                    associations.append((slot.number, cause, number))
                if number != slot.last:
                    slot.before, slot.last = slot.last, number
                if slot in sources:
                    in_trace.append((self.trace_at_hand, slot.key.number, number))
                    cause = twin = number
            chunk.varying |= set(sources)
        for note in associations:
            self.associations.set(*note)
        if self.trace_at_hand != NONE:
            for note in in_trace:
                self.in_trace.set(*note)
        return values

    # Vectors.

    def vector(self, chunk):
        """The slots of the chunk that miss, and their sources."""
        found = self.coder.choice(chunk.vectors)
        if found is None:
            found = self.explicit_vector(chunk)
            if len(found) <= 16 and found not in chunk.vectors:
                chunk.vectors.add(found)
        return {chunk.slots[i]: source for i, source in found}

    def explicit_vector(self, chunk):
        missing = []
        for first in range(0, len(chunk.slots), 4):
            mask = self.coder.symbol(self.mask[first // 4])
            missing += [first + i for i in range(4) if mask >> i & 1]
        need(not missing or missing[-1] < len(chunk.slots), "a bit beyond the last slot")
        return tuple((i, self.coder.symbol(chunk.slots[i].key.source)) for i in missing)

    # Sources.

    def from_source(self, slot, source, twin):
        key = slot.key
        if source == 1:
            return slot.last
        if source == 2:
            return slot.before
        if source == 3:
            found = self.in_trace.get(self.trace_at_hand, key.number)
            return NONE if found is None else found
        if source == 4:
            return self.value_by_place(key, slot.place)
        if source == 5:
            need(twin is not None and self.table[twin].key.type == key.type, "a twin of another type")
            return self.add_value(key, self.table[twin].payload)
        need(source == 6, "no such source")
        return self.new_value(key)


# ------------------------------------------------------------------------------------------------ model/delta
# spec/model/delta.md, core/src/model/delta.rs

UNITS = (1, 100, 256, 1_000, 100_000, 1_000_000, 1_000_000_000)
TICKS = ((125, 3), (40, 1), (625, 12), (500, 27))  # so many nanoseconds are so many ticks
ANCHORS = CHILD, BEFORE, PARENT, TRACE, OTHER = range(5)
HANDICAPS = {"start": (0, 0, 0, 256, 256), "end": (0, 0, 256, 256, 512), "event": (0, 0, 0, 0, 0)}


class Track:
    def __init__(self):
        self.error, self.uses, self.own = 5_120, 0, None


class Times:
    """Of a family or a nameless shape."""

    def __init__(self, model):
        self.units = list(model.newest_times.units) if model.newest_times else [0, 0]
        self.starts, self.ends = [Track() for _ in ANCHORS], [Track() for _ in ANCHORS]
        model.newest_times = self
        model.weight += 84


class EventTimes:
    """Of a family's events in spans of a family: of the first ones, or of later ones."""

    def __init__(self, model):
        self.unit = model.newest_event_times.unit if model.newest_event_times else 0
        self.tracks = [Track() for _ in ANCHORS]
        model.newest_event_times = self
        model.weight += 76


class Delta:
    def new_delta(self):
        self.newest_times = self.newest_event_times = None
        self.event_times = {}
        self.last_span = 0, 0
        self.times_of_span = None
        self.last_event = None

    def unit_anew(self):
        unit = self.coder.symbol(self.unit) % 11
        self.say("unit: {} ns", UNITS[unit] if unit < 7 else "{} / {}".format(*TICKS[unit - 7]))
        return unit

    def value_from(self, anchor, unit, contexts):
        number = self.coder.signed(contexts)
        if unit < 7:
            return (to_signed(anchor) // UNITS[unit] + number) * UNITS[unit]
        p, q = TICKS[unit - 7]
        residue = self.coder.symbol(self.residues[number % q % 3]) - 7
        if residue == 8:
            residue = self.coder.bits(6, "residue") - 32
        return anchor + number // q * p + (2 * (number % q) * p + q) // (2 * q) + residue

    def time(self, kind, tracks, unit, anchors, zero=0):
        """A time that is measured from one of several others."""
        nearest = min(sorted(anchors), key=lambda anchor: tracks[anchor].error + HANDICAPS[kind][anchor])
        track = tracks[nearest]
        contexts = track.own or (self.common_ends if kind == "end" else self.common_starts)[nearest]
        track.uses += 1
        if track.uses == 6:
            track.own = self.coder.fork_number(contexts, contexts[0].name[:-3])
        time = to_signed(zero + self.value_from(anchors[nearest] - zero, unit, contexts))
        for anchor, base in anchors.items():
            error = tracks[anchor].error
            tracks[anchor].error = error - error // 8 + 32 * length_in_bits(to_signed(time - base))
        return time

    # Starts and ends.

    def span_times(self, shape, trace, is_new, own, parent):
        """The parts 3 and 4 of a span whose ids are known."""
        has, times, parts = shape.set.has, shape.times, {}
        start = 0
        if START in has:
            anchors = self.start_anchors(trace, is_new, own, parent)
            start = self.time("start", times.starts, times.units[0], anchors)
            parts[START] = bytes([TAGS[SPAN][START]]) + (start & U64).to_bytes(8, "little")
        end = start
        if TIME_END in has:
            anchors = self.end_anchors(trace, is_new, own, parent, start)
            end = self.time("end", times.ends, times.units[1], anchors, start)
            parts[TIME_END] = bytes([TAGS[SPAN][TIME_END]]) + (end & U64).to_bytes(8, "little")
        self.note_times(trace, own, parent, start, end)
        self.times_of_span = times
        return parts

    def note_times(self, trace, own, parent, start, end):
        if own:
            own.start, own.end = start, end
        if parent:
            first, latest = parent.earliest_start, parent.latest_end
            parent.earliest_start = start if first is None else min(first, start)
            parent.latest_end = end if latest is None else max(latest, end)
            parent.last_end = end
        if trace:
            trace.last_span = start, end
        self.last_span, self.last_event = (start, end), None
        self.say("start {}, end {}", start, end)

    def start_anchors(self, trace, is_new, own, parent):
        if not self.settings.deltas:
            return {OTHER: 0}
        anchors = {OTHER: self.last_span[0]}
        if trace and not is_new:
            anchors[TRACE] = trace.last_span[0]
        if own and own.earliest_start is not None:
            anchors[CHILD] = own.earliest_start
        if parent and parent.last_end is not None:
            anchors[BEFORE] = parent.last_end
        if parent and parent.seen:
            anchors[PARENT] = parent.start
        return anchors

    def end_anchors(self, trace, is_new, own, parent, start):
        if not self.settings.deltas:
            return {BEFORE: start}
        anchors = {BEFORE: start, OTHER: self.last_span[1]}
        if trace and not is_new:
            anchors[TRACE] = trace.last_span[1]
        if own and own.latest_end is not None:
            anchors[CHILD] = own.latest_end
        if parent and parent.seen:
            anchors[PARENT] = parent.end
        return anchors

    # Events.

    def event_parts(self, shape):
        if START not in shape.set.has:
            return {}
        kind = self.times_of_span, shape.times, self.last_event is None
        if kind not in self.event_times:
            self.event_times[kind] = EventTimes(self)
        times = self.event_times[kind]
        if self.coder.symbol(self.suits) != 0:
            times.unit = self.unit_anew()
        anchors = {OTHER: 0}
        if self.settings.deltas:
            anchors = {PARENT: self.last_span[0], TRACE: self.last_span[1]}
            if self.last_event is not None:
                anchors[BEFORE] = self.last_event
        self.last_event = self.time("event", times.tracks, times.unit, anchors)
        self.say("time {}", self.last_event)
        return {START: bytes([TAGS[EVENT][START]]) + (self.last_event & U64).to_bytes(8, "little")}


# ------------------------------------------------------------------------------------------------ model/ids
# spec/model/ids.md, core/src/model/ids/mod.rs, recent.rs, relatives.rs, near.rs, habits.rs


class Node:
    """A span id in a trace, of a span that was seen or is awaited."""

    def __init__(self, id_, number, trace, waits):
        self.id, self.number, self.trace, self.waits = id_, number, trace, waits
        self.start, self.end, self.drawn = 0, 0, False
        self.above = None  # of the lean model: its parent's
        self.shape = self.child = NONE  # the numbers of its shape, and of the one of the last that named it as parent
        self.earliest_start = self.latest_end = self.last_end = None  # of its children

    @property
    def seen(self):
        return self.shape != NONE

    def kind(self):
        return (self.shape << 16) + self.child & U32


class Trace:
    def __init__(self, id_, waits):
        self.id, self.waits = id_, waits
        self.nodes, self.last_span = deque(), (0, 0)  # the node in use last in front
        self.shape = NONE  # the number of its last span's
        self.before = None  # of the lean model: the node of its last span

    def kind(self):
        return (self.shape << 1 & U32) | (len(self.nodes) > 0 and self.nodes[0].seen)

    def to_front(self, node):
        if node in self.nodes:
            self.nodes.remove(node)
        self.nodes.appendleft(node)


OWN, OTHER_SPAN = range(2)  # relations
Relations = namedtuple("Relations", "trace relatives own parent")  # contexts
OF_TRACES = 2**31
RECENT = 11
HABITS_WEIGHT = 16_384


class Habits:
    """What was meant by which shapes, and the steps between draws."""

    def __init__(self):
        self.pairs, self.steps_at = set(), {}

    @staticmethod
    def pair(relation, shape, kind):
        return hashed(shape, kind, 15), relation

    def fits(self, relation, shape, kind):
        return self.pair(relation, shape, kind) in self.pairs

    def note(self, relation, shape, kind):
        self.pairs.add(self.pair(relation, shape, kind))

    def steps(self, before, shape):
        return self.steps_at.get(hashed(before, shape, 12), 0)

    def note_steps(self, before, shape, steps):
        few = -(2**15) <= steps < 2**15
        self.steps_at[hashed(before, shape, 12)] = steps if few else 0


class Ids:
    def new_ids(self):
        self.traces, self.nodes, self.recent_traces = [], 0, []
        self.nodes_by_number = []
        self.habits = Habits()
        self.trace_at_hand = NONE
        self.own_trace, self.own_span = bytes(16), bytes(8)  # None if it waits

    @property
    def current_trace(self):
        return self.recent_traces[0] if self.recent_traces else NONE

    def new_node(self, trace, relation):
        """A node whose id comes now, or waits."""
        waits = self.postpone == ALL_WAIT or self.postpone == OTHERS_WAIT and relation != OWN
        id_ = bytes(8) if waits else self.coder.word("of a span id")
        node = self.add_node(Node(id_, self.nodes, trace, waits))
        if node.waits:
            self.waiting_nodes.append(node)
        return node

    def add_node(self, node):
        self.nodes += 1
        self.nodes_by_number.append(node)
        return node

    def new_trace(self, how):
        if how == 14:
            trace = Trace(bytes(8) + self.coder.word("of a trace id"), False)
            trace.to_front(self.add_node(Node(trace.id[8:], self.nodes, trace, False)))
        elif self.postpone:
            trace = Trace(bytes(16), True)
            self.waiting_traces.append(trace)
        else:
            trace = Trace(self.coder.word("of a trace id") + self.coder.word("of a trace id"), False)
        self.traces.append(trace)

    def trace(self, how):
        """The number of a trace, and whether it is new."""
        need(how < 15, "no such kind of trace")
        if how < RECENT:
            need(how < len(self.recent_traces), "no such trace")
            number = self.recent_traces[how]
        elif how == 11:
            number = self.current_trace + 1 & U32
        elif how == 12:
            number = self.current_trace - self.coder.signed(self.distance)
        else:
            number = len(self.traces)
            self.new_trace(how)
        need(0 <= number < len(self.traces), "no such trace")
        return number, how >= 13

    # Spans.

    def span_parts(self, shape):
        """The fields of the parts, and the trace and nodes that have their ids."""
        has = shape.set.has
        trace = own = parent = None
        is_new = units = False
        if TRACE_ID in has:
            self.count_use(shape)
            fits = [self.trace_fits(shape, self.current_trace + more & U32) for more in (0, 1)]
            context = shape.relations.trace[fits[0] + 2 * fits[1]]
            how = self.coder.symbol(context)
            units = how == 15
            if units:
                how = self.coder.symbol(context)
            number, is_new = self.trace(how)
            self.recent_traces = ([number] + [other for other in self.recent_traces if other != number])[:RECENT]
            trace = self.traces[number]
            if not is_new:
                self.habits.note(OWN, shape.number ^ OF_TRACES, trace.kind())
            trace.shape = shape.number
            unrelated = None
            if SPAN_ID in has:
                own, parent = self.relatives(shape, trace, PARENT_ID in has)
            elif PARENT_ID in has:
                unrelated = self.coder.word("of a span id")
            ids = (trace.id, own and own.id, parent.id if parent else unrelated)
        else:
            if START in has or TIME_END in has:
                units = self.coder.symbol(self.suits) != 0
            ids = [None] + [self.coder.word("of a span id") if part in has else None for part in (SPAN_ID, PARENT_ID)]
        known = self.ids_at_hand(ids, trace, own, parent)
        if units:
            shape.times.units = [self.unit_anew(), self.unit_anew()]
        return {**self.id_parts(SPAN, ids), **self.span_times(shape, trace, is_new, own, parent)}, known

    def ids_at_hand(self, ids, trace, own, parent):
        """Notes the ids of a span. The trace and nodes that have them, by part."""
        self.trace_at_hand = self.current_trace if trace else NONE
        self.own_trace = None if trace and trace.waits else ids[0] or bytes(16)
        self.own_span = None if own and own.waits else ids[1] or bytes(8)
        told = zip((trace, own, parent), ids)
        told = ["waits" if thing and thing.waits else id_.hex() if id_ else "none" for thing, id_ in told]
        self.say("trace, span, parent: {}", " ".join(told))
        known = {TRACE_ID: trace, SPAN_ID: own, PARENT_ID: parent}
        return {part: thing for part, thing in known.items() if thing}

    def id_parts(self, level, ids):
        parts = zip((TRACE_ID, SPAN_ID, PARENT_ID), ids)
        return {part: tagged(TAGS[level][part], id_) for part, id_ in parts if id_ is not None}

    def count_use(self, shape):
        """Shapes have contexts of their own from their ninth span on."""
        if shape.uses == 8:
            shape.relations = Relations(*[[self.coder.fork(context) for context in block] for block in shape.relations])
        shape.uses += 1

    def trace_fits(self, shape, number):
        known = number < len(self.traces)
        return known and self.habits.fits(OWN, shape.number ^ OF_TRACES, self.traces[number].kind())

    def candidates(self, relation, shape, trace, own=None):
        """The nodes that may be meant, those first that fit; and how many of these there are, at most 2."""
        may = lambda node: not node.seen if relation == OWN else node is not own
        fits = lambda node: self.habits.fits(relation, shape.number, node.kind())
        nodes = list(trace.nodes)[:128]
        near, rest = ([node for node in some if may(node)] for some in (nodes[:8], nodes[8:]))
        fitting = [node for node in near if fits(node)]
        return fitting + [node for node in near if not fits(node)] + rest, min(len(fitting), 2)

    def other_rank(self, symbol, least):
        return least + (symbol if symbol < 13 else self.coder.number(self.far) + 13)

    def ranked(self, relation, shape, nodes, rank):
        need(rank < len(nodes), "no such span in the trace")
        self.habits.note(relation, shape.number, nodes[rank].kind())
        return nodes[rank]

    def relatives(self, shape, trace, has_parent):
        """The nodes of a span and of its parent, if it has one."""
        (owns, fitting), (_, parents_fitting) = (self.candidates(relation, shape, trace) for relation in (OWN, OTHER_SPAN))
        symbol = self.coder.symbol(shape.relations.relatives[3 * fitting + parents_fitting])
        need(symbol < 15, "no such kind of span")
        own = self.known_own(shape, trace, owns, symbol // 5)
        parents, _ = self.candidates(OTHER_SPAN, shape, trace, own)
        parent = self.known_parent(shape, parents, symbol % 5, has_parent)
        own = own or self.new_node(trace, OWN)
        own.shape = shape.number
        trace.to_front(own)
        if has_parent:
            parent = parent or self.new_node(trace, OTHER_SPAN)
            parent.child = shape.number
            trace.to_front(parent)
        return own, parent

    def known_own(self, shape, trace, nodes, how):
        if how == 0:
            return None
        if how == 1:
            return self.ranked(OWN, shape, nodes, 0)
        symbol = self.coder.symbol(shape.relations.own[0])
        need(symbol != 15, "no such kind of span")
        if symbol == 14:
            place, seen = self.coder.number(self.far), list(trace.nodes)[:128]
            need(place < len(seen), "no such span in the trace")
            return seen[place]
        return self.ranked(OWN, shape, nodes, self.other_rank(symbol, 1))

    def known_parent(self, shape, nodes, how, has_parent):
        need(has_parent or how == 0, "no such kind of parent")
        if not has_parent or how == 3:
            return None
        if how < 3:
            return self.ranked(OTHER_SPAN, shape, nodes, how)
        symbol = self.coder.symbol(shape.relations.parent[0])
        need(symbol < 14, "no such kind of parent")
        return self.ranked(OTHER_SPAN, shape, nodes, self.other_rank(symbol, 3))

    # Links.

    def link_parts(self, shape):
        has, known = shape.set.has, {}
        if TRACE_ID in has and SPAN_ID in has:
            trace = self.traces[self.trace(self.coder.symbol(self.link_trace))[0]]
            known = {TRACE_ID: trace, SPAN_ID: self.linked(shape, trace)}
            ids = [thing.id for thing in known.values()]
        else:
            word = lambda: self.coder.word("of an id")
            ids = (word() + word() if TRACE_ID in has else None, word() if SPAN_ID in has else None)
        return self.id_parts(LINK, ids), known

    def linked(self, shape, trace):
        """The node of a link's span."""
        nodes, fitting = self.candidates(OTHER_SPAN, shape, trace)
        symbol = self.coder.symbol(self.link_span[fitting])
        need(symbol != 14, "no such kind of span")
        if symbol == 15:
            node = self.new_node(trace, OTHER_SPAN)
        else:
            node = self.ranked(OTHER_SPAN, shape, nodes, self.other_rank(symbol, 0))
        node.child = shape.number
        trace.to_front(node)
        return node

    # Bounding.

    def bound_ids(self):
        if self.nodes < 2**15:
            return
        self.settle()
        half, old = self.nodes // 2, self.traces
        self.traces, self.nodes, self.recent_traces = [], 0, []
        self.nodes_by_number = []
        for trace in old:
            young = any(node.number >= half for node in trace.nodes)
            if not young or self.nodes + len(trace.nodes) > 24_576:
                continue
            for node in reversed(trace.nodes):
                node.number, node.above = self.nodes, None
                self.add_node(node)
            trace.before = None
            self.traces.append(trace)


# ------------------------------------------------------------------------------------------------ model/draws
# spec/model/draws.md, core/src/model/ids/draws.rs, order.rs, processes.rs

NONE_WAIT, ALL_WAIT, OTHERS_WAIT = range(3)
MOST_SOURCES, MOST_STATE = 256, 4_900
MOST_STEPS, FREE_STEPS, STEPS_PER_DRAW = 2**16, 2**18, 1_024


class Draw:
    """A span whose own id waits."""

    def __init__(self, process, node, parent, thread):
        self.process, self.node, self.parent, self.thread = process, node, parent, thread
        self.start, self.shape = node.start, node.shape


class Source:
    """A sequence, and where in it the last span was."""

    def __init__(self, sequence):
        self.sequence, self.last, self.was_root = sequence, sequence.before_first, False
        self.shape, self.thread = NONE, 0  # of the last span

    def expected(self, root):
        return self.sequence.expected(self.last, self.was_root, root)


class Process:
    def __init__(self, key):
        self.key, self.sources = key, []  # the one in use last in front

    def weight(self):
        return sum(source.sequence.weight for source in self.sources)


def probable_order(draws):
    """The positions of the draws of a process in the order in which their spans probably began."""
    of_node = {draw.node: position for position, draw in enumerate(draws)}
    order = []
    positions = sorted(range(len(draws)), key=lambda position: draws[position].start)
    for _, tied in groupby(positions, key=lambda position: draws[position].start):
        order += order_of_tied(draws, of_node, list(tied))
    return order


def order_of_tied(draws, of_node, tied):
    """Of draws with the same start."""

    def parent(position):
        above = of_node.get(draws[position].parent)
        return above if above is not None and draws[above].start == draws[position].start else None

    first = {position: position for position in tied}
    for position in tied:
        above = position
        for _ in range(256):
            above = parent(above)
            if above is None or first[above] <= position:
                break
            first[above] = position
    by_first = sorted(tied, key=lambda position: (first[position], position))
    children = {}
    for position in by_first:
        children.setdefault(parent(position), []).append(position)
    order, stack = {}, children.get(None, [])[::-1]
    while stack:
        position = stack.pop()
        order[position] = True
        stack += children.get(position, [])[::-1]
    return [*order, *(position for position in by_first if position not in order)]


class Draws:
    postpone = NONE_WAIT  # a renewal does not change it

    def new_draws(self):
        self.waiting_nodes, self.waiting_traces, self.draws = [], [], []

    def new_draw_contexts(self):
        new, number = self.coder.new, self.coder.new_number
        self.new_sources, self.source_family = number("new sources"), new("family of source")
        self.state_length = number("length of state")
        told = ("rank before 0", "rank before 1", "rank before 2", "told by the parent", "told by the thread")
        self.source = [new(f"source, {by}") for by in told]
        self.rank = number("rank of source")
        before = ("as expected", "astray", "as expected, by habit", "astray, by habit")
        self.steps = [new(f"steps, {family.__name__}, before: {how}") for family in FAMILIES[:STEPPED] for how in before]
        self.more_steps, self.trace_drawn = number("more steps"), new("trace drawn")
        self.stray, self.stray_steps = [new("stray node"), new("stray trace")], number("stray steps")

    # Waiting.

    def put(self, out, head, inner, first_gap):
        """Appends a head and what is inside; the gaps in it, from this one on, move along."""
        for gap in self.gaps[first_gap:]:
            gap[0] += len(out) + len(head)
        out += head + inner

    def put_part(self, out, part, parts, known):
        """Appends the field of a part, and notes the gap in it if its id waits."""
        out += parts[part]
        if part in known and known[part].waits:
            self.gaps.append([len(out) - len(known[part].id), known[part]])

    def settle(self):
        """Codes all ids that wait."""
        if not self.waiting_nodes and not self.waiting_traces:
            return
        draws = sorted(self.draws, key=lambda draw: draw.process)
        self.steps_left = FREE_STEPS + STEPS_PER_DRAW * len(draws)
        self.last_rank, self.astray = 0, False
        for key, group in groupby(draws, key=lambda draw: draw.process):
            self.process(key, list(group))
        self.strays()
        self.waiting_nodes, self.waiting_traces, self.draws = [], [], []
        self.check(b"")

    def fill_gaps(self, out):
        for at, thing in self.gaps:
            out[at : at + len(thing.id)] = thing.id

    def tell(self, thing, id_):
        thing.id, thing.waits = id_, False

    # Draws.

    def note_draw(self, own, parent, thread):
        if self.postpone == ALL_WAIT and own and own.waits and not own.drawn:
            own.drawn = True
            self.draws.append(Draw(self.process_key, own, parent, thread))

    def thread(self, shape, values):
        """The hash of the field by which a span tells its thread, 0 without one."""
        key = self.key_of_threads()
        told = (value for slot, value in zip(shape.slots, values) if slot.key is key)
        value = next(told, None)
        return 0 if value is None else xxh3_64(self.table[value].field)

    def lean_thread(self, shape):
        """The same of a shape of the lean model."""
        key = self.key_of_threads()
        told = (slot.field for slot in shape.fields if isinstance(slot, LeanSlot) and slot.key is key)
        field = next(told, None)
        return 0 if field is None else xxh3_64(field)

    def key_of_threads(self):
        return next((key for key in self.keys if key.level == SPAN and key.name == b"thread.id"), None)

    def process(self, key, draws):
        process = next((process for process in self.processes if process.key == key), None)
        if process:
            self.processes.remove(process)
        else:
            process = Process(key)
        self.add_sources(process)
        self.source_of = {}  # by node
        for position in probable_order(draws):
            self.draw(process, draws[position])
        if process.sources:
            self.processes.append(process)
        while self.sources_weight() > self.most_source_weight() and len(self.processes) > 1:
            del self.processes[0]

    def most_source_weight(self):
        return self.settings.most_bytes // 16

    def sources_weight(self):
        return sum(process.weight() for process in self.processes)

    # Sources.

    def add_sources(self, process):
        for _ in range(self.coder.number(self.new_sources)):
            family = self.coder.symbol(self.source_family)
            length = self.coder.number(self.state_length)
            need(length <= MOST_STATE and len(process.sources) < MOST_SOURCES, "too long a state, or too many sources")
            state = bytes(self.coder.bits(8, "byte of a state") for _ in range(length))
            need(family < len(FAMILIES), "no such family of generators")
            process.sources.append(Source(FAMILIES[family](state)))
            need(process.weight() <= self.most_source_weight(), "too many sources")
            self.say("source: {}, {}", FAMILIES[family].__name__, state.hex())

    # Coding a draw.

    def draw(self, process, draw):
        source = self.source_of_draw(process, draw)
        if source is None:
            self.tell(draw.node, self.coder.word("of a span id"))
        else:
            self.source_of[draw.node] = source
            self.take_steps(source, draw)
            self.tell(draw.node, source.sequence.span(source.last))
        self.say("drawn: span {}", draw.node.id.hex())
        trace = draw.node.trace
        if draw.parent is None and trace.waits:
            if source and self.coder.symbol(self.trace_drawn) == 0:
                self.tell(trace, source.sequence.trace(source.last))
            else:
                self.tell(trace, self.coder.word("of a trace id") + self.coder.word("of a trace id"))
            self.say("drawn: trace {}", trace.id.hex())

    def source_of_draw(self, process, draw):
        """The source, which comes to the front, or None."""
        if not process.sources:
            return None
        by_thread = [source for source in process.sources if draw.thread and source.thread == draw.thread]
        by_parent = [source for source in process.sources if source is self.source_of.get(draw.parent)]
        for source in (by_thread or by_parent)[:1]:
            process.sources.remove(source)
            process.sources.insert(0, source)
        rank = self.rank_of_source(self.source[4 if by_thread else 3 if by_parent else self.last_rank])
        self.last_rank = 2 if rank is None else min(rank, 2)
        if rank is None:
            return None
        need(rank < len(process.sources), "no such source")
        process.sources.insert(0, process.sources.pop(rank))
        return process.sources[0]

    def rank_of_source(self, context):
        symbol = self.coder.symbol(context)
        if symbol == 15:
            return None
        return 13 + self.coder.number(self.rank) if symbol == 13 else symbol

    def take_steps(self, source, draw):
        """Moves the source to where the draw is."""
        family, root = FAMILIES.index(type(source.sequence)), draw.parent is None
        habit = self.habits.steps(source.shape, draw.shape)
        z = self.coder.symbol(self.steps[4 * min(family, STEPPED - 1) + 2 * (habit != 0) + self.astray])
        if z == 15:
            z += self.coder.number(self.more_steps)
        self.astray = z != 0
        steps = habit + (z >> 1 ^ -(z & 1))
        position = source.expected(root) + steps
        self.pay_steps(source, position)
        if self.astray:
            self.habits.note_steps(source.shape, draw.shape, to_signed(steps))
        source.last, source.was_root, source.shape = position, root, draw.shape
        source.thread = draw.thread or source.thread

    # Strays.

    def strays(self):
        for node in self.waiting_nodes:
            if node.waits:
                found = self.stray_source(self.stray[0])
                self.tell(node, found[0].span(found[1]) if found else self.coder.word("of a span id"))
                self.say("stray: span {}", node.id.hex())
        for trace in self.waiting_traces:
            if trace.waits:
                found = self.stray_source(self.stray[1])
                word = lambda: self.coder.word("of a trace id")
                self.tell(trace, found[0].trace(found[1]) if found else word() + word())
                self.say("stray: trace {}", trace.id.hex())

    def stray_source(self, context):
        """The sequence of a stray and the position in it, or None."""
        sources = [source for process in reversed(self.processes) for source in process.sources]
        rank = self.rank_of_source(context) if sources else None
        if rank is None:
            return None
        need(rank < len(sources), "no such source")
        position = sources[rank].expected(False) + self.coder.signed(self.stray_steps)
        self.pay_steps(sources[rank], position)
        return sources[rank].sequence, position

    # Steps that may be taken.

    def pay_steps(self, source, position):
        steps = abs(to_signed(position - source.expected(False)))
        need(steps < MOST_STEPS, "a position too far away")
        self.steps_left -= steps
        need(self.steps_left >= 0, "more steps than may be taken")


# ------------------------------------------------------------------------------------------------ model/generators
# spec/model/generators.md, core/src/model/ids/generators/


def two_words(upper, lower):
    return upper.to_bytes(8, "big") + lower.to_bytes(8, "big")


class Java:
    """`ThreadLocalRandom`: what one thread draws."""

    weight = 64
    before_first = -1

    def __init__(self, state):
        thread, rest = 0, state[8:]
        need(1 <= len(rest) <= 5, "a thread's id of no or too many bytes")
        for i, byte in enumerate(rest):
            need((byte & 0x80 != 0) == (i < len(rest) - 1), "a thread's id that ends elsewhere")
            thread |= (byte & 0x7F) << 7 * i
        need((rest[-1] or len(rest) == 1) and thread < 2**32, "a thread's id that is not written so")
        self.gamma = 0x9E3779B97F4A7C15 + 2 * thread & U64
        self.first = self.unmix(int.from_bytes(state[:8], "big"))

    @staticmethod
    def mix(s):
        z = (s ^ s >> 33) * 0xFF51AFD7ED558CCD & U64
        z = (z ^ z >> 33) * 0xC4CEB9FE1A85EC53 & U64
        return z ^ z >> 33

    @staticmethod
    def unmix(id_):
        z = (id_ ^ id_ >> 33) * 0x9CB4B2F8129337DB & U64
        z = (z ^ z >> 33) * 0x4F74430C22A54005 & U64
        return z ^ z >> 33

    def drawn(self, position):
        return self.mix(self.first + position * self.gamma & U64)

    def span(self, position):
        return self.drawn(position).to_bytes(8, "big")

    def trace(self, position):
        return two_words(self.drawn(position + 1), self.drawn(position + 2))

    def expected(self, last, was_root, root):
        return last + (3 if was_root else 1)


class V8:
    """`Math.random`: what one process draws."""

    weight = 46_080

    def __init__(self, state):
        need(len(state) == 17, "a state of another length")
        need(state[0] < 64 and any(state[1:]), "a state that the generator does not have")
        self.before_first = state[0] - 2
        # z(0), z(1) and on; z(-1), z(-2) and on
        self.ahead = [int.from_bytes(state[1:9], "big"), int.from_bytes(state[9:], "big")]
        self.behind = []

    def z(self, t):
        ahead, behind = self.ahead, self.behind
        while t >= len(ahead):
            a, b = ahead[-2:]
            x = (a ^ a << 23) & U64
            ahead.append(x ^ x >> 17 ^ b ^ b >> 26)
        while -t > len(behind):
            b, c = self.z(-len(behind)), self.z(1 - len(behind))
            y = c ^ b ^ b >> 26
            x = y ^ y >> 17 ^ y >> 34 ^ y >> 51
            behind.append((x ^ x << 23 ^ x << 46) & U64)
        return ahead[t] if t >= 0 else behind[-t - 1]

    def word(self, position):
        in_block = position & 63
        return self.z(position - in_block + 63 - in_block) >> 32

    def two_words(self, position):
        return self.word(position) << 32 | self.word(position + 1)

    def span(self, position):
        return self.two_words(position).to_bytes(8, "big")

    def trace(self, position):
        return two_words(self.two_words(position + 2), self.two_words(position + 4))

    def expected(self, last, was_root, root):
        return last + (6 if was_root else 2)


class Mt19937:
    """CPython's `random`, or Ruby's: what one process draws."""

    weight = 65_536
    before_first = -2

    def __init__(self, state):
        words, order = state[:2_496], state[2_496:]
        need(len(words) == 2_496 and order in (b"", b"\x01"), "a state of another length or order")
        self.reversed = order == b"\x01"
        self.ahead, self.behind = list(struct.unpack("<624I", words)), []  # x[0], x[1] and on; x[-1], x[-2] and on
        self.ahead[0] = self.top(self.ahead[0]) | self.rest(self.untwist(self.ahead[623] ^ self.ahead[396]))

    @staticmethod
    def top(a):
        return a & 0x80000000

    @staticmethod
    def rest(a):
        return a & 0x7FFFFFFF

    def twist(self, a, b):
        y = self.top(a) | self.rest(b)
        return y >> 1 ^ (0x9908B0DF if y & 1 else 0)

    @staticmethod
    def untwist(z):
        return ((z ^ 0x9908B0DF) << 1 | 1 if z >> 31 else z << 1) & U32

    def x(self, i):
        while i >= len(self.ahead):
            n = len(self.ahead)
            self.ahead.append(self.ahead[n - 227] ^ self.twist(self.ahead[n - 624], self.ahead[n - 623]))
        while -i > len(self.behind):
            n = -len(self.behind) - 1
            self.behind.append(self.top(self.back(n)) | self.rest(self.back(n - 1)))
        return self.ahead[i] if i >= 0 else self.behind[-i - 1]

    def back(self, i):
        return self.untwist(self.x(i + 624) ^ self.x(i + 397))

    def drawn(self, position):
        def temper(y):
            y ^= y >> 11
            y ^= y << 7 & 0x9D2C5680
            y ^= y << 15 & 0xEFC60000
            return y ^ y >> 18

        return temper(self.x(position)) | temper(self.x(position + 1)) << 32

    def ordered(self, id):
        return id[::-1] if self.reversed else id

    def span(self, position):
        return self.ordered(self.drawn(position).to_bytes(8, "big"))

    def trace(self, position):
        return self.ordered(two_words(self.drawn(position - 2), self.drawn(position - 4)))

    def expected(self, last, was_root, root):
        return last + (6 if root else 2)


class Lagged:
    """Go's `math/rand`, or C++'s `mt19937_64`: what one process draws."""

    weight = 65_536

    def __init__(self, state):
        form = state[0] if state else 9
        need(form < 9, "no such form of ids")
        self.in_bytes, self.twists = form < 7, form == 8
        self.before_first = form - 8 if self.in_bytes else -1
        count, size, bits = (312, 8, 64) if self.twists else (607, 7, 56) if self.in_bytes else (607, 8, 63)
        need(len(state) == 1 + count * size, "a state of another length")
        words = [int.from_bytes(state[at : at + size], "little") for at in range(1, len(state), size)]
        self.mask = (1 << bits) - 1
        need(max(words) <= self.mask, "a word that is too large")
        self.ahead, self.behind = words, []  # x[0], x[1] and on; x[-1], x[-2] and on
        if self.twists:
            self.ahead[0] = self.top(words[0]) | self.rest(self.untwist(words[311] ^ words[155]))

    @staticmethod
    def top(a):
        return a & 0xFFFFFFFF80000000

    @staticmethod
    def rest(a):
        return a & 0x7FFFFFFF

    def twist(self, a, b):
        y = self.top(a) | self.rest(b)
        return y >> 1 ^ (0xB5026F5AA96619E9 if y & 1 else 0)

    @staticmethod
    def untwist(z):
        return ((z ^ 0xB5026F5AA96619E9) << 1 | 1 if z >> 63 else z << 1) & U64

    def x(self, i):
        ahead, behind = self.ahead, self.behind
        while i >= len(ahead) and self.twists:
            ahead.append(ahead[-156] ^ self.twist(ahead[-312], ahead[-311]))
        while i >= len(ahead):
            ahead.append(ahead[-607] + ahead[-273] & self.mask)
        while -i > len(behind) and self.twists:
            n = -len(behind) - 1
            behind.append(self.top(self.back(n)) | self.rest(self.back(n - 1)))
        while -i > len(behind):
            n = -len(behind) - 1
            behind.append(self.x(n + 607) - self.x(n + 334) & self.mask)
        return ahead[i] if i >= 0 else behind[-i - 1]

    def back(self, i):
        return self.untwist(self.x(i + 312) ^ self.x(i + 156))

    def span(self, position):
        if self.in_bytes:
            word, byte = divmod(position, 7)
            both = self.x(word) | self.x(word + 1) << 56
            return (both >> 8 * byte & U64).to_bytes(8, "little")
        y = self.x(position)
        if self.twists:
            y ^= y >> 29 & 0x5555555555555555
            y ^= y << 17 & 0x71D67FFFEDA60000
            y ^= y << 37 & 0xFFF7EEE000000000
            y ^= y >> 43
        return y.to_bytes(8, "big")

    def trace(self, position):
        return self.span(position - 16) + self.span(position - 8) if self.in_bytes else bytes(8) + self.span(position)

    def expected(self, last, was_root, root):
        return last + ((24 if root else 8) if self.in_bytes else 1)


FAMILIES = (Java, V8, Mt19937, Lagged)
STEPPED = 3  # so many families have contexts of their own for steps


# ------------------------------------------------------------------------------------------------ model/lean
# spec/model/lean.md, core/src/model/lean/, core/src/model/ids/lean.rs, core/src/model/text/plain.rs

COMMON_LITERALS = b"etaoinsrcldpum-/"
USUAL_LITERALS = b"\0._:0123456789bfghkvwxyzjq =,SGT"
# Contexts of a family, by their number.
LEAN_TRACE, LEAN_RELATIVES, LEAN_STARTS, LEAN_ENDS, LEAN_NEXT = 0, 1, 2, 6, 8
LEAN_CONTEXTS = "trace relatives start:parent start:child start:before start:other end end:child next".split()


class LeanFamily:
    def __init__(self, model, level, name):
        self.number, self.level, self.name = len(model.lean_families), level, name
        title = f"family {self.number}"
        self.units, self.slots = list(model.lean_units), {}
        self.contexts = [model.coder.fork(root, f"{root.name} of {title}") for root in model.lean_roots.parts]
        self.shapes, self.bases = [Things(model, model.shape_lists, f"{name} of {title}") for name in ("shape", "base")]
        self.followers, self.events = Things(model, model.family_lists, f"after {title}"), None
        model.weight += 36
        model.lean_families.append(self)

    def slot(self, model, key, occurrence):
        if (key, occurrence) not in self.slots:
            self.slots[key, occurrence] = LeanSlot(model, self, key)
        return self.slots[key, occurrence]


class LeanSlot:
    def __init__(self, model, family, key):
        self.key, self.rank, self.room = key, len(family.slots), 0
        self.field = model.table[key.last].field if key.last != NONE else b""
        title = f"slot {self.rank} of family {family.number}"
        self.place, self.next = [model.coder.fork(root, f"{root.name} of {title}") for root in model.lean_roots.slot]
        model.weight += 60


class LeanShape:
    def __init__(self, model, family, fields):
        self.number, self.family, self.fields = len(model.lean_shapes), family, fields
        self.parts = {part for part in fields if not isinstance(part, LeanSlot)}
        self.slots = {slot.rank: slot for slot in fields if isinstance(slot, LeanSlot)}
        self.followers = family.followers
        family.shapes.add(self.number)
        model.weight += 92 + 4 * len(fields)
        model.lean_shapes.append(self)


LeanRoots = namedtuple("LeanRoots", "explicit family unit run parts slot")


class Lean:
    def new_lean(self):
        self.lean_families, self.lean_shapes, self.lean_units = [], [], [0, 0]

    def is_lean(self, level):
        return self.settings.lean and level in (SPAN, EVENT)

    def new_lean_contexts(self):
        new = self.coder.new
        self.family_lists, self.shape_lists = self.new_lists("families"), self.new_lists("shapes")
        self.lean_roots = LeanRoots(
            [new(f"explicit {LEVELS[level]} of the lean model") for level in (SPAN, EVENT)],
            self.coder.new_number("family of the lean model"),
            new("unit"),
            new("run of fields"),
            [new(name) for name in LEAN_CONTEXTS],
            [new("place"), new("next")],
        )

    # Templates.

    def lean_template(self, things, level):
        """A shape, or None at the end of a run."""
        number = self.coder.choice(things)
        if number is None:
            number = self.explicit_lean_family(level)
            if number not in things:
                things.add(number)
            self.check(b"")
        if number == END:
            self.say("{}: END of the run", LEVELS[level])
            return None
        need(number < len(self.lean_families) and self.lean_families[number].level == level, "a family of another level")
        shape = self.lean_shape(self.lean_families[number])
        self.say("{}: family {}, shape {}", LEVELS[level], number, shape.number)
        return shape

    def explicit_lean_family(self, level):
        symbol = self.coder.symbol(self.lean_roots.explicit[level])
        if symbol == 0:
            return END
        if symbol == 1:
            number = len(self.lean_families) - 1 - self.coder.number(self.lean_roots.family)
            need(0 <= number, "no such family")
            return number
        need(symbol < 4, "no such kind of family")
        name = self.value(self.keys[NAMES[level]]) if symbol == 2 else NONE
        return LeanFamily(self, level, name).number

    def lean_shape(self, family):
        number = self.coder.choice(family.shapes)
        if number is not None:
            return self.lean_shapes[number]
        base = self.coder.choice(family.bases)
        if base is None:
            shape = self.new_lean_shape(family)
        else:
            shape = LeanShape(self, family, self.reordered(self.lean_shapes[base].fields))
        self.check(b"")
        return shape

    def new_lean_shape(self, family):
        kinds, before = [], None
        while True:
            known = len(self.keys)
            before = self.next_kind(family.level, before)
            if before == END:
                break
            need(len(kinds) <= 1024, "too many fields in a message")
            need(before >= 8 or before in (EVENTS, LINKS) or before not in kinds, "a part that comes twice")
            need(before != NAME or family.name != NONE, "a name in a family without one")
            if len(self.keys) > known:
                self.check(b"")
            kinds.append(before)
        fields = []
        for i, kind in enumerate(kinds):
            fields.append(kind if kind < 8 else family.slot(self, self.keys[kind - 8], kinds[:i].count(kind)))
        shape = LeanShape(self, family, fields)
        family.bases.add(shape.number)
        return shape

    def reordered(self, fields):
        need(1 <= len(fields) <= 64, "a base that cannot be ordered anew")
        left, order, next_ = list(range(len(fields))), [], 0

        def comes(place):
            nonlocal next_
            need(place in left, "no such field is left")
            left.remove(place)
            order.append(fields[place])
            next_ = place + 1

        while left:
            run = 15
            while run == 15:
                run = self.coder.symbol(self.lean_roots.run)
                for _ in range(run):
                    need(left, "more fields than there are")
                    comes(next((place for place in left if place >= next_), left[0]))
            if left:
                comes(self.coder.bits((len(fields) - 1).bit_length(), "field"))
        return order

    # Messages.

    def lean_message(self, shape):
        family, parts, known = shape.family, {}, {}
        if family.level == SPAN:
            parts, known = self.lean_span_parts(shape)
        elif START in shape.parts:
            parts = self.lean_event_parts(family)
        if NAME in shape.parts:
            parts[NAME] = self.table[family.name].field
        self.lean_slots(shape)
        if family.level == SPAN:
            self.note_draw(known.get(SPAN_ID), known.get(PARENT_ID), self.lean_thread(shape))
        out = bytearray()
        for part in shape.fields:
            if isinstance(part, LeanSlot):
                out += part.field
            elif part in (EVENTS, LINKS):
                first_gap = len(self.gaps)
                self.put(out, b"", self.lean_children(family, part), first_gap)
            else:
                self.put_part(out, part, parts, known)
        return bytes(out)

    def lean_children(self, family, part):
        if part == LINKS:
            return self.run(self.first_templates(LINK), LINK, TAGS[SPAN][LINKS])[0]
        if family.events is None:
            family.events = Things(self, self.family_lists, f"events of family {family.number}")
        return self.run(family.events, EVENT, TAGS[SPAN][EVENTS])[0]

    # Parts.

    def lean_span_parts(self, shape):
        has, contexts = shape.parts, shape.family.contexts
        trace = own = parent = None
        is_new = True
        if TRACE_ID in has:
            number, is_new = self.trace(self.coder.symbol(contexts[LEAN_TRACE]))
            self.recent_traces = ([number] + [other for other in self.recent_traces if other != number])[:RECENT]
            trace = self.traces[number]
        if trace and SPAN_ID in has:
            own, parent = self.lean_relatives(contexts[LEAN_RELATIVES], shape.family, trace, PARENT_ID in has)
            ids = trace.id, own.id, parent and parent.id
        else:
            words = [self.coder.word("of a span id") if part in has else None for part in (SPAN_ID, PARENT_ID)]
            ids = [trace and trace.id] + words
        known = self.ids_at_hand(ids, trace, own, parent)
        return {**self.id_parts(SPAN, ids), **self.lean_times(shape, trace, is_new, own, parent)}, known

    def lean_relatives(self, context, family, trace, has_parent):
        """The nodes of a span and of its parent, if it has one."""
        above_of = lambda node: node.above if node else None
        before = trace.before
        above = above_of(before)
        over = above_of(above)
        symbol = self.coder.symbol(context)
        need(symbol < 15, "no such kind of span")
        far = lambda: self.node_of(self.nodes - 1 - self.coder.number(self.far))
        own_how, parent_how = divmod(symbol, 5)
        own = self.new_node(trace, OWN) if own_how == 0 else above if own_how == 1 else far()
        need(has_parent or parent_how == 0, "a parent of a span without one")
        parent = None
        if has_parent:
            parent = (above, before, over)[parent_how - 1] if parent_how in (1, 2, 3) else None
            parent = far() if parent_how == 4 else self.new_node(trace, OTHER_SPAN) if parent_how == 0 else parent
        need(own and (parent or not has_parent), "no such span")
        own.shape, own.above, trace.before = family.number, parent, own
        return own, parent

    def node_of(self, number):
        need(number >= 0, "no such span")
        return self.nodes_by_number[number]

    def lean_times(self, shape, trace, is_new, own, parent):
        has, family, contexts, parts = shape.parts, shape.family, shape.family.contexts, {}
        start = 0
        if START in has:
            if parent and parent.seen:
                from_, anchor = 0, parent.start
            elif own and own.earliest_start is not None:
                from_, anchor = 1, own.earliest_start
            elif not is_new:
                from_, anchor = 2, trace.last_span[0]
            else:
                from_, anchor = 3, self.last_span[0]
            start = self.difference(contexts[LEAN_STARTS + from_], family, 0, anchor)
            parts[START] = bytes([TAGS[SPAN][START]]) + (start & U64).to_bytes(8, "little")
        end = start
        if TIME_END in has:
            has_children = own is not None and own.latest_end is not None
            anchor = to_signed(own.latest_end - start) if has_children else 0
            end = to_signed(start + self.difference(contexts[LEAN_ENDS + has_children], family, 1, anchor))
            parts[TIME_END] = bytes([TAGS[SPAN][TIME_END]]) + (end & U64).to_bytes(8, "little")
        self.lean_units = family.units[:]
        self.note_times(trace, own, parent, start, end)
        return parts

    def lean_event_parts(self, family):
        from_, anchor = (0, self.last_span[0]) if self.last_event is None else (2, self.last_event)
        self.last_event = self.difference(family.contexts[LEAN_STARTS + from_], family, 0, anchor)
        self.lean_units[0] = family.units[0]
        self.say("time {}", self.last_event)
        return {START: bytes([TAGS[EVENT][START]]) + (self.last_event & U64).to_bytes(8, "little")}

    def difference(self, context, family, which, anchor):
        """A time or a duration, in the family's unit of starts (0) or durations (1)."""
        while True:
            half = self.coder.symbol(context)
            length = self.coder.bits(6, "length of a difference, less one") if half == 15 else 2 * half - 1
            if half < 15 or length:
                break
            family.units[which] = self.unit_of(self.coder.symbol(self.lean_roots.unit) % 11)
        folded = self.coder.bits(length + 1, "a difference") + (4 ** (half - 1) if 0 < half < 15 else 0)
        steps = folded >> 1 ^ -(folded & 1)
        unit = UNITS[family.units[which]]
        return to_signed((to_signed(anchor) // unit + steps) * unit)

    def unit_of(self, number):
        need(number < len(UNITS), "a clock of ticks")
        self.say("unit: {} ns", UNITS[number])
        return number

    # Slots.

    def lean_slots(self, shape):
        base, context = 0, shape.family.contexts[LEAN_NEXT]
        while True:
            symbol = self.coder.symbol(context)
            if symbol == 0:
                return
            if symbol == 15:
                need(base < len(shape.family.slots), "no such slot")
                base += 14
                continue
            base += symbol
            slot = shape.slots.get(base - 1)
            need(slot, "a slot that this shape does not have")
            self.lean_value(slot)
            context = slot.next

    def lean_value(self, slot):
        key = slot.key
        if key.type in (BOOL, INT, DOUBLE, VARINT, FIXED64, FIXED32):
            slot.field = field(key, self.payload(key, key.type))
            if slot.room < len(slot.field):
                slot.room = len(slot.field) + 8
                self.check_new(slot.room)
                self.weight += slot.room
            return
        symbol = self.coder.symbol(slot.place)
        if symbol == 15:
            number = self.new_value(key)
        else:
            place = symbol if symbol < 14 else self.later_place(key)
            need(0 <= place < len(key.values), "a value that the key does not have")
            number = key.values[place]
        key.last, slot.field, slot.room = number, self.table[number].field, 0

    # Strings and literals.

    def lean_string(self, key):
        symbol = self.coder.symbol(key.string_class)
        need(symbol < 4, "no such class of strings")
        if symbol == 0:
            return self.text_of_key(key)
        if symbol == 1:
            return self.dashed((self.coder.word("of a UUID") + self.coder.word("of a UUID")).hex())
        if symbol == 2:
            return b"%d" % self.number_of_key(key)
        self.plain = False
        string = self.patterned(key)
        self.plain = True
        return string

    def plain_literal(self):
        first = self.coder.bits(5, "literal")
        if first & 3 == 1:
            return USUAL_LITERALS[first >> 2 | self.coder.bits(2, "literal") << 3]
        if first & 3 == 3:
            return first >> 2 | self.coder.bits(5, "literal") << 3
        return COMMON_LITERALS[first >> 1]


# ------------------------------------------------------------------------------------------------ model/state
# spec/model/state.md, core/src/model/mod.rs


class Model(Text, Values, Patterns, Request, Message, Slots, Delta, Ids, Draws, Lean):
    """All state that is kept from frame to frame; each chapter is a class with its part of it."""

    def __init__(self, settings, coder, log=None):
        self.settings, self.coder, self.log = settings, coder, log
        coder.log = log
        self.processes = []  # the one coded last at the end; a renewal does not change it
        self.renew()

    def say(self, template, *values):
        if self.log:
            self.log.say(template.format(*values))

    def renew(self):
        self.weight = self.coder.weight
        self.coder.renew()
        self.new_values()
        self.new_text()
        self.new_patterns()
        self.new_message()
        self.new_slots()
        self.new_delta()
        self.new_ids()
        self.new_draws()
        self.new_lean()
        self.new_contexts()

    def new_contexts(self):
        """In the order of "Contexts of a new model" in spec/model/prior.md."""
        self.coder.prior = self.primer.priors[self.settings.lean]
        new, number = self.coder.new, self.coder.new_number
        self.root_place, self.root_source = new("place"), new("source")
        self.root_known, self.root_class = new("known"), new("class")
        self.root_difference, self.root_plain = number("difference"), number("plain")
        self.element_type, self.count = new("type of element"), number("count of elements")
        self.structured, self.scale = [new("structured array"), new("structured list")], new("scale")
        self.common_starts = [number(f"start from {name}") for name in ANCHOR_NAMES]
        self.common_ends = [number(f"duration from {name}") for name in ANCHOR_NAMES]
        self.unit, self.suits = new("unit"), new("suits")
        self.residues = [new(f"residue of ticks, {i}") for i in range(3)]
        self.explicit = [new(f"explicit {level}") for level in LEVELS]
        self.set_known, self.set = new("set known"), number("set")
        self.arrangement = [new(f"arrangement, {departures} departures") for departures in range(4)]
        self.family = number("family")
        self.mask = [new(f"mask {i}") for i in range(16)]
        self.has_head = [new(f"has head, {level}") for level in LEVELS]
        self.postpone_context = new("postpone")
        self.new_pattern_contexts()
        self.new_text_contexts()
        self.kind_lists = self.new_lists("fields")
        self.explicit_key, self.form, self.type = new("explicit field"), new("form of key"), new("type of key")
        self.tag, self.older_key_number = number("tag of key"), number("older key")
        self.older_key = self.older_key_number
        self.set_lists, self.order_lists = self.new_lists("sets"), self.new_lists("orders")
        self.template_lists, self.vector_lists = self.new_lists("templates"), self.new_lists("vectors")
        Family(self, NONE)
        block = lambda name, cases: [new(f"{name}, {case}") for case in cases]
        some = ("none fits", "one fits", "two fit")
        trace = block("trace", ("none fits", "the current one fits", "the one after it fits", "both fit"))
        both = block("span and parent", [f"{own} / {parent}" for own in some for parent in some])
        self.relations_of_new_shapes = Relations(trace, both, [new("own id")], [new("parent")])
        self.distance, self.far = number("distance of trace"), number("far span")
        self.link_trace, self.link_span = new("trace of link"), block("span of link", some)
        self.new_draw_contexts()
        self.new_lean_contexts()
        self.new_request()

    def new_lists(self, name):
        """The roots of the pages of lists."""
        return [self.coder.new(f"{name}, {page}") for page in ("first page", "later page")]

    def with_settings(self, settings):
        """A copy that begins where this one, which a dictionary has made, has ended."""
        coder = settings.coder()
        coder.renew()
        coder.take_all(self.coder.all)
        self.new_ids()
        self.processes, self.in_trace = [], Cache()
        self.at_hand, self.last_event = {RESOURCE_SPANS: NONE, SCOPE_SPANS: NONE}, None
        others = [(self.coder, coder), (self.settings, settings), (self.primer, self.primer)]
        copies = {id(old): new for old, new in others + list(zip(self.coder.all, coder.all))}
        model = deepcopy(self, copies)
        model.weight += coder.weight - self.coder.weight
        return model

    # Weight and renewal.

    def weigh(self):
        history = len(self.history) - len(self.primer.bytes)
        ids = 72 * len(self.traces) + 96 * self.nodes + self.sources_weight() + HABITS_WEIGHT
        return self.weight + 32 * self.coder.contexts + 5 * history + ids

    def after_span(self):
        """Whether the model was renewed."""
        self.spans += 1
        self.bound_ids()
        too_much = len(self.table) >= self.settings.most_strings or self.too_heavy()
        if self.spans % 64 or not too_much:
            return False
        self.settle()
        self.renew()
        return True

    def too_heavy(self):
        return self.weigh() > self.settings.most_bytes // 2

    # A frame.

    def original(self, length, body):
        """The original of so many bytes, from a body of so many bytes."""
        self.length, self.spans = length, 0
        self.budget = 16_384 + 8_192 * body - length
        need(self.budget >= 0, "the body does not pay for the length", "Truncated")
        self.before, self.most_grown = self.weigh(), 0
        self.check(b"")
        self.postpone, self.gaps = NONE_WAIT, []
        original = bytearray(self.fields_in_a_row(REQUEST))
        self.settle()
        self.fill_gaps(original)
        zeros = self.coder.finish()
        least_body = -(-(length + self.most_grown - 16_384) // 8_192)
        need(zeros == 0 or body == least_body, "the body is filled up without need")
        need(len(original) == length, "it has another length than the header says")
        if self.too_heavy():
            self.renew()
        return original

    # The budget of a frame.

    def check(self, out):
        """What was decoded so far is paid for."""
        grown = max(self.weigh() - self.before, 0)
        self.most_grown = max(self.most_grown, grown)
        self.left = self.budget - grown
        need(self.left >= 0, "the body does not pay for what the model has grown")
        need(len(out) <= self.length, "more bytes than the header says")

    def check_new(self, count):
        """So many bytes of new text or values are paid for, until the model is weighed again."""
        self.left -= count
        need(self.left >= 0, "the body does not pay for its text")


ANCHOR_NAMES = "child before parent trace other".split()


# ------------------------------------------------------------------------------------------------ frame
# spec/frame.md, core/src/frame/


class Cursor:
    def __init__(self, data, at=0):
        self.data, self.at = data, at

    def take(self, count):
        self.at += count
        need(self.at <= len(self.data), "the frame ends", "Truncated")
        return self.data[self.at - count : self.at]

    def varint(self):
        """The next number; None, and nothing is taken, if there is none in its shortest form."""
        value = 0
        for i, byte in enumerate(self.data[self.at : self.at + 10]):
            value |= (byte & 0x7F) << 7 * i
            if byte < 0x80:
                self.at += i + 1
                return value if value <= U64 and (byte or not i) else None
        return None

    def number(self):
        value = self.varint()
        need(value is not None, "a length or a limit is no whole number", "Truncated")
        return value


class Header:
    def __init__(self, frame):
        need(frame, "it is empty", "Truncated")
        cursor = Cursor(frame)
        (self.mark,) = cursor.take(1)
        need(self.mark & 7 == 7, "the lowest three bits of its first byte are not 1", "NotTracezip")
        need(self.mark >> 5 == 0, f"its version is {self.mark >> 5}, known is 0", "UnsupportedVersion")
        self.coded, self.linked = self.mark >> 3 & 1, self.mark >> 4 & 1
        self.length = cursor.varint()
        if self.length is None:
            raise TracezipError("Truncated" if len(frame) < 11 else "Corrupt", "its length is no whole number")
        self.sealed = cursor.at
        field_ = int.from_bytes(cursor.take(4), "little")
        self.link = int.from_bytes(cursor.take(4), "little") if self.linked else 0
        self.end = cursor.at
        self.seal = (rotl(xxh3_64(frame[: self.sealed]), 1) ^ xxh3_64(frame[self.sealed + 4 :])) >> 32
        self.checksum = field_ ^ self.seal

    def name(self):
        return xxh3_64(struct.pack("<II", self.link, self.checksum)) & U32


class Settings:
    def __init__(self, cursor, max_state_bytes):
        (self.flags,) = cursor.take(1)
        need(self.flags >> 5 == 0, "no such flag")
        self.lean = bool(self.flags & 16)
        need(not self.lean or not self.flags & 12, "the lean model, mixed or with a dictionary")
        self.coder = (Rans, Mixing)[self.flags >> 2 & 1]
        self.deltas = not self.flags & 1
        self.most_strings, self.most_bytes = 10_000, 2**23
        if self.flags & 2:
            self.most_strings, self.most_bytes = cursor.number(), cursor.number()
        need(self.most_bytes <= max_state_bytes, f"it needs {self.most_bytes} bytes of state", "LimitExceeded")
        need(self.most_strings <= 2**24 and self.most_bytes >= 2**20, "its limits are out of range")
        self.dictionary = int.from_bytes(cursor.take(4), "little") if self.flags & 8 else None

    def meaning(self):
        limits = f"{self.most_strings} strings, {self.most_bytes} bytes of state"
        dictionary = "" if self.dictionary is None else f", dictionary {self.dictionary:08x}"
        lean = ", lean" if self.lean else ""
        return f"settings: coder {self.flags >> 2 & 1}, {'deltas' if self.deltas else 'no deltas'}, {limits}{lean}{dictionary}"


class Decoder:
    """Reads the frames of a stream in turn. After an error it takes only a frame that is not linked."""

    def __init__(self, max_decoded_bytes=2**26, max_state_bytes=2**23, log=None, dictionaries=()):
        self.max_decoded_bytes, self.max_state_bytes = max_decoded_bytes, max_state_bytes
        self.log = log
        self.name = self.model = None
        self.dictionaries = {xxh3_64(frame) & U32: self.learnt(frame) for frame in dictionaries}

    @staticmethod
    def learnt(dictionary):
        """The model that the frame of a dictionary leaves."""
        decoder = Decoder()
        decoder.decode(dictionary)
        need(decoder.model and not Header(dictionary).linked, "a dictionary is a coded frame that stands alone")
        need(isinstance(decoder.model.coder, Rans), "a dictionary is of coder 0")
        need(not decoder.model.settings.lean, "a dictionary is not of the lean model")
        return decoder.model

    def decode(self, frame):
        """The original of the next frame."""
        before, self.name = self.name, None
        header = Header(frame)
        self.explain_header(frame, header)
        need(header.length <= self.max_decoded_bytes, f"it says it has {header.length} bytes", "LimitExceeded")
        if header.linked:
            need(before == header.link, "it does not follow the frame before", "OutOfSequence")
        else:
            self.model = None
        if header.coded:
            original = self.coded(frame, header)
        else:
            original, self.model = frame[header.end :], None
            need(len(original) >= header.length, "the stored body ends too early", "Truncated")
            need(len(original) == header.length, "the stored body is longer than the header says")
        need(xxh3_64(original) & U32 == header.checksum, "the decoded bytes are others", "Checksum")
        self.name = header.name()
        return bytes(original)

    def coded(self, frame, header):
        cursor = Cursor(frame, header.end)
        model, self.model = self.model, None
        if model is None:
            settings = Settings(cursor, self.max_state_bytes)
            model = self.new_model(settings)
        lengths = cursor.at
        symbols, bits = cursor.number(), cursor.number()
        sections = cursor.at
        model.coder.open(cursor.take(symbols), cursor.take(bits), frame[cursor.at :])
        if self.log:
            self.log.part("Body")
            if lengths > header.end:
                self.log.at(frame, header.end, lengths, settings.meaning())
            self.log.at(frame, lengths, sections, f"lengths of the symbols, {symbols}, and the bits, {bits}")
            self.log.at(frame, sections, sections + symbols, "symbols")
            self.log.at(frame, sections + symbols, cursor.at, "bits")
            self.log.at(frame, cursor.at, len(frame), "words")
            self.log.part("What the sections say (places are those in their section)")
            self.log.say(model.coder.start())
        original = model.original(header.length, len(frame) - header.end)
        self.model = model
        return original

    def new_model(self, settings):
        if settings.dictionary is None:
            return Model(settings, settings.coder(), self.log)
        learnt = self.dictionaries.get(settings.dictionary)
        need(learnt, f"the id of the one it was made with ends in {settings.dictionary:08x}", "UnknownDictionary")
        model = learnt.with_settings(settings)
        model.log = model.coder.log = self.log
        return model

    def explain_header(self, frame, header):
        if not self.log:
            return
        self.log.part("Header")
        kind = ("not linked", "linked")[header.linked] + (", stored", ", coded")[header.coded]
        self.log.at(frame, 0, 1, f"mark: version {header.mark >> 5}, {kind}")
        self.log.at(frame, 1, header.sealed, f"length: {header.length} bytes")
        sealed = f"checksum {header.checksum:08x} ^ seal {header.seal:08x}"
        self.log.at(frame, header.sealed, header.sealed + 4, sealed)
        if header.linked:
            self.log.at(frame, header.sealed + 4, header.end, f"link {header.link:08x}")


def decode(frame, dictionaries=()):
    """The original of a frame that stands alone."""
    return Decoder(dictionaries=dictionaries).decode(frame)


# ------------------------------------------------------------------------------------------------ explain


class Log:
    """What a frame says, line by line, in the order in which it is read."""

    def __init__(self):
        self.lines = []

    def part(self, title):
        self.lines += ["", title] if self.lines else [title]

    def at(self, frame, first, end, meaning):
        """Bytes of the frame."""
        place = f"byte {first}" if end - first == 1 else f"bytes {first} to {end - 1}"
        self.lines.append(f"  {place if end > first else 'no bytes':<18} {meaning}")
        for at in range(first, end, 16):
            self.lines.append(f"    {frame[at : min(at + 16, end)].hex(' ')}")

    def row(self, what, value, meaning, place):
        self.lines.append(f"  {what:<7} {value:>18}  {meaning:<44} {place}".rstrip())

    def symbol(self, symbol, context, cost, place):
        self.row("symbol", symbol, context.name, f"{cost:5.2f} bits; {place}")

    def say(self, text):
        self.lines.append(f"    = {text}")


def explain(frame, dictionaries=()):
    """All that a frame which stands alone says."""
    log = Log()
    Decoder(log=log, dictionaries=dictionaries).decode(frame)
    return "\n".join(log.lines) + "\n"


# ------------------------------------------------------------------------------------------------ command


def main(arguments):
    options, read, dictionaries = list(arguments), decode, []
    while options:
        option = options.pop(0)
        if option == "--explain":
            read = lambda *of: explain(*of).encode()
        elif option == "--dictionary" and options:
            dictionaries.append(Path(options.pop(0)).read_bytes())
        else:
            print("usage: tracezip_ref.py [--explain] [--dictionary FILE] < frame > otlp", file=sys.stderr)
            return 2
    frame = sys.stdin.buffer.read()
    try:
        sys.stdout.buffer.write(read(frame, dictionaries))
    except TracezipError as error:
        print(f"tracezip_ref.py: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
