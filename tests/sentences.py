"""Fifty varied sentences: 1 to 128 tokens, repeated words, numbers, punctuation, Korean, emoji."""

from attnviz.session.examples import EXAMPLES

SENTENCES: tuple[str, ...] = (
    *EXAMPLES.values(),
    "Go", "a", "I", "?", "the the the the the", "Tom Tom Tom saw saw Tom",
    "She sold 3.5 kg for 1,000,000 dollars in 2009 .", "12 34 56 78 90", "3 + 4 = 7", "1/2 is 0.5 (or 50 %)",
    "Well ... that is -- how shall I say it ? -- \"odd\" !", "(((a)))",
    "!!!???...", "e.g. this; that: both, neither - or",
    "don't you think it's what they've wanted ?", "It’s the dog’s bone , isn’t it ?", "rock'n'roll",
    "나는 집에 간다 .", "집에 간다 나는 .", "뱀은 독이 있어서 매우 위험하다", "그는 소년이다 .", "안녕 hello 안녕",
    "I love 🍕 and 🎉🎉 !", "😀", "👩\u200d👩\u200d👧 family",
    "naïve café über straße", "¿Qué? ¡Sí!", "Привет мир", "日本語の文",
    "a\u0301 decomposed", "\u1112\u1161\u11ab decomposed", "right \u202eto\u202c left", "zero\u200bwidth",
    "<b>bold</b> & <script>alert(1)</script>", "$x^2$ _y_ **z** [a](b) `c`", "a_b-c/d\\e|f", "C++ C# f(x)",
    "Pneumonoultramicroscopicsilicovolcanoconiosis", "x" * 200,
    "the house that the man that the dog that the cat saw bit built fell",
    "every student of every class in every school of every town " * 3,
    "He said that she said that they said that it was late and that he should go home . " * 4,
    "word " * 127, "yes " * 128,
)  # fmt: skip
assert len(SENTENCES) >= 50

AWKWARD: tuple[str, ...] = (  # the worst first
    "<b>bold</b> & <script>alert(1)</script> | $x^2$ _y_ **z** [a](b) `c` {d} %s",
    "yes " * 400,
    "👩\u200d👩\u200d👧 \u202eto\u202c zero\u200bwidth \x00\x1b[31m a\u0301 \u1112\u1161\u11ab",
    "Go",
    ".",
    "the the the the the",
    "12 34 56 1,000,000 0.5 % 2009",
    "x" * 3000,
    "파란색 복실복실한 생물이 숲을 돌아다니고 있다",
    "Привет мир 日本語の文 ¿Qué?",
    "!!!???... -- (((a)))",
    "don't you think it's what they've wanted ?",
    "\ud7ff\uffff\ufffd",
    "=1+1 @cmd +a -b",
    "a\tb\nc\r\nd",
    "I go home",
    "C++ C# f(x) a_b-c/d\\e|f",
    "🍕",
    "Pneumonoultramicroscopicsilicovolcanoconiosis",
    "word " * 127,
)
assert len(AWKWARD) == 20
