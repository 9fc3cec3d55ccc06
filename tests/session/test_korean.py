"""Korean as a lecturer of the field writes it: one word a concept, no particle in brackets, words in quotes."""

import re
from collections.abc import Iterator

import pytest

from attnviz.session.catalog import PACKAGE, files, lesson, strings
from attnviz.session.glossary import glossary

# One word for a concept, as the glossary has it: (what we say, what we do not say).
ONE_WORD = {
    "학습": r"훈련",
    "학습 전 모델": r"쌍둥이 모델|학습하지 않은 모델",
    "그레이디언트": r"변화도(?! 없)|경사(?:도|하강)",
    "타깃 토큰": r"목표 토큰|타겟",
    "참조 번역": r"기준 번역|정답 번역",
    "탐욕적 탐색": r"그리디|욕심쟁이",
    "어텐션 값": r"컨텍스트 벡터(?!\))",
    "인과적 마스크": r"코잘|인과 마스크",
    "가중합": r"가중 평균(?!\))|가중 합",
    "가중치": r"몫",
    "밸류 다운": r"값-(?:다운|업)",
    "연습 문제지": r"학습지",
    "어텐션": r"주의 (?:집중|메커니즘)|자기 주의",
    "셀프 어텐션": r"셀프어텐션|셀프-어텐션",
    "멀티 헤드": r"멀티헤드|다중 헤드",
    "크로스 어텐션": r"교차 어텐션",
    "파라미터": r"매개변수(?!\))",
    "층": r"레이어|계층",
    "내적": r"점곱|도트 곱",
    "어휘 사전": r"어휘집|단어집",
    "임베딩": r"임배딩|끼워 넣기",
    "소프트맥스": r"소프트 맥스",
    "번역 모델": r"\btranslator\b|\bsingle_head\b|번역기",
    "빔 탐색": r"빔 서치(?!\))",
    "스케일링": r"스케일한|스케일은",
    "마스킹한 스코어": r"마스크한",
    "특성": r"특징",
    "히트맵": r"가중치 지도|히트 맵",
    "단어": r"낱말",
    "이 앱의 모델": r"저희 모델|우리 모델|우리 트랜스포머",
    "만": r"백만(?! 개\))",  # Koreans count by ten thousands: 2110만, never 21.1백만
    "이어 붙인 벡터": r"(?<!\()\bconcat\b(?!\))",
}

# What was found by reading, number by number: (where, what must not stand there, what does).
READ = [
    (1, "by_hand.but", "이것 말고", "≠"),
    (2, "quality.why_smoothed", "절반", "묶음 0.5개"),
    (3, "start.takes", "새 벡터", "섞어 넣는 값의"),
    (4, "position.width_text", "길이가 다른", "절반쯤"),
    (5, "multi_head_value", "의 오른쪽에 먼저 값", "단어의 벡터 $x$의 오른쪽에"),
    (6, "warm_up.schedule_text", "제곱근에 따라", "제곱근에 반비례해"),
    (6, "warm_up.half_why_right", "제곱근에 따라", "제곱근에 반비례해"),
    (6, "warm_up.half_why", "제곱근에 따라", "제곱근에 반비례해"),
    (6, "warm_up.schedule_alt", "제곱근에 따라", "제곱근에 반비례해"),
    (7, "masking.sums_several_why", "가중치가 없던 행", "정확히 0이어야"),
    (7, "masking.verdict_sums", "잃었", "소수 둘째 자리에서 드러나는 행은 {rows}개"),
    (8, "context.furthest_question", "다음 단어", "아래 단어"),
    (9, "masking.rows_masked", "써야 하는", "예측해야 하는"),
    (10, "start", "만, 아랫줄은 키", "오른쪽 열"),
    (11, "explain.about_rollout", "cat", "그 토큰만의 것이 아닙니다"),
    (12, "explain.uniform_same", "설명일 수 없습니다", "학습된 가중치가 없어도"),
    (13, "rnn.lede", "어텐션만 남겼", "순환을 없애고"),
    (16, "softmax.temperature_text", "√$", r"\sqrt{d_k}"),
    (18, "block.depth_collapsed", "1e-16", "{lost}"),
    (19, "start", "레시피", "비율표"),
    (20, "start.looks_at", "시선은", "가장 많이 보는 단어"),
    (21, "averaging.mean_new", "아무도", "아직 고르지는"),
    (21, "averaging.zeros_title", "0의 소프트맥스", "스코어가 모두 0일 때"),
    (21, "averaging.mean_title", "앞에 나온 것들", "지금까지 나온 단어의 평균"),
    (22, "by_hand.published_text", "이 숫자로 나누면", "Q·K·V 크기가 3"),
    (22, "by_hand.square_title", "정사각형", "정사각 행렬"),
    (22, "by_hand.published_title", "공개된", "널리 알려진"),
    (23, "softmax.over_column_text", "막을 것이", "바로잡아 주는 것이"),
    (24, "scaling.spread_text", "보통 떨어진", "대체로 얼마나"),
    (24, "scaling.spread_numbers", "| 나눔", "| 나눈 값"),
    (24, "scaling.model_title", "스위치", "나눗셈을 꺼 보기"),
    (25, "masking.no_padding_text", "이것을 섞어", "값이 섞여 들어갑니다"),
    (26, "multi_head.one_row_text", "서로 다른 것이", "가지입니다"),
    (26, "multi_head.join_no_projection", "빼기", "없이"),
    (27, "course.about_multi_head", "어텐션하고", "어텐션을 계산하고"),
    (27, "course.lede", "넣는 것을", "입력을"),
    (28, "heads.out_less", "그럴듯", "{times}분의 1"),
    (28, "heads.rank_note", "중요도는 의미가", "뜻이 있는 것은"),
    (29, "position.lede", "집합", "순서 없는 모음"),
    (29, "position.other", "바뀔까", "비교할 단어"),
    (29, "position.crowd", "거의 닿습니다", "넘어갈 만합니다"),
    (29, "position.distance_because_near", "두 거리 가운데", "멀수록"),
    (30, "block.headline", "갈아 치우지", "벡터를 갈아 끼우지"),
    (30, "block_order", "실험 때문", "실험해 보고"),
    (30, "block.reads_writes", "쓰기)", "다음에 쓸 토큰"),
    (30, "block.wrong_way", "실수", "잘못 계산한"),
    (31, "context.headline", "옮깁니다", "갈라놓습니다"),
    (31, "context.travel_text", "찾아 온", "임베딩 표에서 꺼낸"),
    (31, "context.dots_inside", "이 줄", "이 쿼리"),
    (32, "rnn.lede", "열려고", "풀려고"),
    (32, "rnn.bottleneck_text", "써냅니다", "만들어 냅니다"),
    (32, "rnn.reaches", "닿는", "전달되는"),
    (32, "rnn.scores_text", "숫자마다", "성분끼리"),
    (32, "rnn.halves_later", "자취", "영향"),
    (32, "rnn.matrix_text", "취합니다", "적용합니다"),
    (32, "rnn.names", "물어보세요", "확인하세요"),
    (32, "rnn.previous_title", "누가 묻나", "누가 물을까요?"),
    (33, "translate.lede", "그때 무엇을", "아무 단계에서나"),
    (33, "translate.step_text", "시간을", "단계를"),
    (33, "translate.beginning", "첫머리", "앞부분"),
    (33, "translate.nothing_forced", "정해 준 것이", "아직 정한"),
    (34, "quality.same_text", "토큰으로 잘라", "토크나이저로 나누어"),
    (34, "quality.learning_text", "올려다보", "세로로"),
    (34, "quality.learning_note", "걸음의 크기", "학습률"),
    (34, "quality.order_1", "단어", "1-그램"),
    (34, "quality.lede", "빠짐없이", "모두"),
    (34, "quality.short_penalty", "낮다", "낮습니다"),
    (35, "explain.title", "설명일까", "설명이 될까"),
    (35, "explain.methods_title", "여섯 열", "여섯 가지 방법"),
    (35, "explain.methods_text", "부호는", "절댓값"),
    (35, "explain.about_leave_one_out", "묻지 않습니다", "쓰지 않습니다"),
    (35, "explain.shuffled_text", "발견이", "학습해서 생긴"),
    (35, "explain.agreement_title", "서로 맞을까", "일치할까"),
    (35, "explain.conclude_list", "예측 하나는 예측", "사례 하나"),
    (35, "explain.seed", "뽑기", "뒤섞기 시드"),
    (35, "explain.numbers_caption", "말하는 숫자", "방법별 원래 값"),
    (36, "cost.rows_title", "기다려야", "순차 연산과 경로 길이"),
    (36, "cost.curves_title", "글 하나", "연산 수"),
    (36, "cost.memory_finding", "붙들고", "남아 있는"),
    (37, "warm_up.why_text", "평소 크기", "최근 크기의 평균"),
    (37, "warm_up.done", "마친", "끝낸"),
    (37, "warm_up.leave_out", "빼기", "없이"),
    (38, "course.about_rnn", "어텐션.", "봅니다."),
    (38, "course.about_quality", "비교할 수 없는 것.", "알아봅니다."),
    (38, "course.about_explain", "못하는 것.", "가립니다."),
    (39, "rnn.heaviest_question", "토큰은?", "무엇일까요?"),
    (39, "quality.length_question", "길이는?", "무엇일까요?"),
    (43, "explain.method_gradient", "기울기", "그레이디언트"),
    (45, "block_order", "| .65", "0.65"),
    (45, "multi_head.stage_output", " W^O", "$W^O$"),
    (45, "softmax.why_vanished", "5e", "10⁻³²⁴"),
    (47, "block.feature", "f{", "특성"),
    (50, "by_hand_sheet.title", "학습지", "연습 문제지"),
]

HANGUL = re.compile("[가-힣]")


def everything() -> dict[str, str]:
    return strings("ko") | {name: lesson("ko", name) for name in files("ko", "md")}


@pytest.mark.parametrize(("number", "name", "wrong", "right"), READ, ids=[f"{row[0]}-{row[1]}" for row in READ])
def test_what_was_read_stays_mended(number: int, name: str, wrong: str, right: str) -> None:
    assert wrong not in everything()[name]
    assert right in everything()[name]


@pytest.mark.parametrize(("word", "others"), ONE_WORD.items(), ids=ONE_WORD)
def test_one_word_a_concept(word: str, others: str) -> None:
    found = {name: re.findall(others, text) for name, text in everything().items() if re.search(others, text)}
    assert found == {}
    assert any(word in text for text in everything().values()) or word in {term.ko for term in glossary()}


def test_the_glossary_says_the_same_words() -> None:
    said = " ".join(term.ko for term in glossary())
    assert not [word for word, others in ONE_WORD.items() if re.search(others, said)]


def test_what_the_pages_speak_of_is_in_the_glossary() -> None:
    known = " ".join(f"{term.ko} {term.ko_also}" for term in glossary())
    words = (
        "온도 엔트로피 코사인 분산 표준편차 야코비 편향 서브층 사전 사후 헤드 빔 GRU 싱크 시드 특잇값 계수 배치 ‹pad›"
    )
    for word in words.split():
        assert word in known, word
    assert all(len(term.en) < 40 for term in glossary())  # a term, not a sentence


def _computed() -> Iterator[tuple[str, str]]:
    """Every pair of particles, with the place before it."""
    for name, text in everything().items():
        for pair in re.finditer(r"\{([^{}]*/[^{}]*)\}", text):
            if HANGUL.search(pair.group()):
                yield name, text[: pair.end()]


def test_no_particle_is_left_to_the_reader() -> None:
    both = re.compile(r"을\(를\)|를\(을\)|은\(는\)|는\(은\)|이\(가\)|가\(이\)|와\(과\)|과\(와\)|\(으\)로|\(이\)")
    for path in (*PACKAGE.rglob("*.json"), *PACKAGE.rglob("*.md"), *PACKAGE.rglob("*.py"), *PACKAGE.rglob("*.js")):
        if path.name != "inserted.py":
            assert not both.search(path.read_text(encoding="utf-8")), path


def test_no_particle_is_guessed() -> None:
    """A particle that depends on the sound before it never stands fixed behind a place."""
    fixed = re.compile(
        r"\{(?!W_O\})\w+\}[*’”\]]*"
        r"((을|를|은|는|이|가|과|와|으로|로|이라|라)(?![가-힣])|였습|이었습|이라는|라는|이라고|라고|으로는|로는|로서)"
    )
    found = {name: fixed.search(text) for name, text in everything().items()}
    assert {name: hit.group() for name, hit in found.items() if hit} == {}


def test_a_fixed_particle_fits_the_syllable_before_it() -> None:
    """After a vowel 를 and 와, after a consonant 을: other particles look like the ends of words."""
    wrong = {}
    for name, text in everything().items():
        for syllable, after in re.findall(r"([가-힣])([를을와])(?![가-힣])", text):
            closed = (ord(syllable) - ord("가")) % 28 > 0
            if closed != (after == "을"):
                wrong[name] = syllable + after
    assert wrong == {}


def test_pairs_stand_in_one_order_behind_a_place() -> None:
    pairs = {"을/를", "은/는", "이/가", "과/와", "으로/로", "이었/였"}
    assert len([*_computed()]) > 30
    for name, before in _computed():
        place, pair = re.search(r"\{(\w+)\}[*’”)\]]*\{([^{}]+)\}$", before).groups()
        assert place, name
        assert pair in pairs, name


# Names of places that hold a word of the sentence, and never a number.
WORDS = "word query key token nearest by_dot by_cosine mate piece column best_word text"


def test_words_of_a_sentence_stand_in_quotes() -> None:
    """Where a particle follows a word of the sentence, quotes tell where the word ends."""
    bare = re.compile(r"(?<![‘“\[*{])(?:\*{0,2}|:\w+\[)\{(?:" + WORDS.replace(" ", "|") + r")\}[*\]]*(?=[가-힣{])")
    found = {name: bare.search(text) for name, text in everything().items()}
    assert {name: hit.group() for name, hit in found.items() if hit} == {}


def test_what_a_view_fills_in_itself_needs_no_particle() -> None:
    """A view knows only at the reader's click which word stands there; its strings get by without."""
    views = (
        "equation.",
        "headline.",
        "lines.",
        "table.",
        "steps.",
        "start.",
        "follow.",
        "heads.view_",
        "multi_head.view_",
    )
    filled = {name: text for name, text in strings("ko").items() if name.startswith(views)}
    assert len(filled) > 200
    assert not [name for name, text in filled.items() if re.search(r"\{[^{}]*/[^{}]*\}", text)]
