from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamsign.demo.coarticulation import CoarticulatedMotion, Hold
from streamsign.demo.labels import Doing
from streamsign.demo.motion import END_S, LEAST_DRAWING_S, REST_S, WORD_PAUSE_S
from streamsign.demo.poses import LETTERS, REST
from streamsign.demo.scene import Sleeve, make_scene
from streamsign.demo.signer import LEVELS, DemoSigner, luma_of
from streamsign.demo.varied import make_varied_scene
from streamsign.errors import SourceError
from streamsign.recognition.framing import guide_square


def test_the_same_arguments_give_the_same_pixels_and_another_seed_gives_others() -> None:
    """A film is a pure function of its arguments, so that tests and figures can be repeated."""
    at_s = 1.5
    first = DemoSigner("LO", seed=3).render(at_s)
    assert np.array_equal(first, DemoSigner("LO", seed=3).render(at_s))
    assert not np.array_equal(first, DemoSigner("LO", seed=4).render(at_s))


@settings(max_examples=20, deadline=None)
@given(
    word=st.text(alphabet="CELOV", min_size=1, max_size=6),
    letter_s=st.floats(0.1, 2.0),
    transition_s=st.floats(0.05, 1.0),
)
def test_truth_names_every_letter_in_order_and_the_pose_stands_still_in_it(
    word: str, letter_s: float, transition_s: float
) -> None:
    """Truth intervals do not overlap, last letter_s each, and the joints do not move inside one but do around it."""
    signer = DemoSigner(word, letter_s=letter_s, transition_s=transition_s)
    assert "".join(true.letter for true in signer.truth) == word
    previous_end = REST_S
    for true in signer.truth:
        assert true.start_s >= previous_end + transition_s * 0.999
        assert true.end_s - true.start_s == pytest.approx(letter_s)
        held, lowered = signer.pose_at(true.start_s)
        assert lowered == 0
        for share in (0.01, 0.5, 0.99):
            assert np.allclose(signer.pose_at(true.start_s + share * letter_s)[0], held)
        assert not np.allclose(signer.pose_at(true.start_s - transition_s / 2)[0], held)
        assert not np.allclose(signer.pose_at(true.end_s + transition_s / 2)[0], held)
        assert signer.true_letter((true.start_s + true.end_s) / 2) == true.letter
        previous_end = true.end_s
    assert signer.duration_s >= previous_end + END_S


@pytest.mark.parametrize(("letter", "letter_s"), [("J", 0.7), ("Z", 0.7), ("Z", 0.1)])
def test_a_drawn_letter_moves_the_hand_from_rest_to_rest(letter: str, letter_s: float) -> None:
    """Within its interval the hand goes down by a fifth of its size or more; it rests before and after."""
    signer = DemoSigner(letter, seed=1, letter_s=letter_s)
    [true] = signer.truth
    assert true.end_s - true.start_s >= LEAST_DRAWING_S * 0.999

    def middle(at_s: float) -> float:
        return float(np.nonzero(signer.hand_mask(at_s).any(axis=1))[0].mean()) * LEVELS

    before, start, end, after = (
        middle(at_s) for at_s in (true.start_s - 0.2 * letter_s, true.start_s, true.end_s, true.end_s + 0.2 * letter_s)
    )
    size = signer.scene.size * guide_square(signer.width, signer.height).side
    assert end - start > 0.2 * size
    assert before == pytest.approx(start, abs=0.03 * size)
    assert after == pytest.approx(end, abs=0.03 * size)


def test_a_double_letter_is_let_go_to_the_open_hand_between_its_halves() -> None:
    """Between two equal letters the hand comes near the rest pose, so that they are two and not one held longer."""
    signer = DemoSigner("LL")
    between = (signer.truth[0].end_s + signer.truth[1].start_s) / 2
    opened, lowered = signer.pose_at(between)
    fingers = slice(0, 16)
    assert lowered == 0
    assert np.abs(opened - REST)[fingers].max() < 10
    assert np.abs(opened - LETTERS["L"])[fingers].max() > 50


def test_the_hand_is_out_of_the_picture_before_and_after_the_word() -> None:
    """The first and last moments show the room alone."""
    signer = DemoSigner("V", seed=1)
    for at_s in (0.0, REST_S * 0.9, signer.duration_s - 0.05):
        assert not signer.hand_mask(at_s).any()


@pytest.mark.parametrize("letter", "CELOV")
def test_the_hand_fills_the_guide_box_without_leaving_it(letter: str) -> None:
    """The held hand lies inside the guide box and its longer side is the box's side over 1.3, to within 15 %."""
    for seed in range(3):
        signer = DemoSigner(letter, seed=seed)
        rows, columns = np.nonzero(signer.hand_mask(signer.truth[0].start_s + 0.2))
        guide = guide_square(signer.width, signer.height)
        left, right = columns.min() * LEVELS, (columns.max() + 1) * LEVELS
        top, bottom = rows.min() * LEVELS, (rows.max() + 1) * LEVELS
        assert guide.center_x - guide.side / 2 <= left < right <= guide.center_x + guide.side / 2
        assert guide.center_y - guide.side / 2 <= top < bottom <= guide.center_y + guide.side / 2
        assert max(right - left, bottom - top) == pytest.approx(guide.side / 1.3, rel=0.15)


@pytest.mark.parametrize("letter", list(LETTERS))
def test_every_letter_of_the_table_can_be_drawn(letter: str) -> None:
    """Each static letter renders as a hand of a sensible size with light and shade on it."""
    signer = DemoSigner(letter, width=160, height=120)
    picture = signer.render(signer.truth[0].start_s)
    mask = signer.hand_mask(signer.truth[0].start_s)
    assert picture.shape == (120, 160, 3)
    assert 0.03 < mask.mean() < 0.5
    assert picture[::LEVELS, ::LEVELS][mask].std() > 4


def test_iterating_yields_full_range_luma_at_the_frame_rate() -> None:
    """Frames come n / fps seconds apart for the whole film, as uint8 brightness of the asked size."""
    signer = DemoSigner("E", fps=10, width=160, height=120, letter_s=0.2, transition_s=0.1)
    frames = list(signer)
    assert len(frames) == signer.frame_count == round(signer.duration_s * 10)
    assert [frame.at_s for frame in frames] == pytest.approx([n / 10 for n in range(len(frames))])
    assert all(frame.luma.shape == (120, 160) and frame.luma.dtype == np.uint8 for frame in frames)
    assert not any(frame.limited_range for frame in frames)


@pytest.mark.parametrize("word", ["", "  ", "C3", "LÖVE", "A 3"])
def test_words_that_cannot_be_signed_are_refused_with_the_letters_that_can(word: str) -> None:
    """The error names what is wrong and lists what may be signed."""
    with pytest.raises(SourceError) as caught:
        DemoSigner(word)
    assert "A B C D E" in caught.value.next_step


@pytest.mark.parametrize("wrong", [{"fps": 0}, {"letter_s": -1}, {"transition_s": 0}, {"width": 10}])
def test_impossible_films_are_refused(wrong: dict[str, int]) -> None:
    """Rates, times and sizes that make no film give a clear error instead of a crash later."""
    with pytest.raises(SourceError, match="cannot film"):
        DemoSigner("C", **wrong)  # type: ignore[arg-type]


def test_the_hand_is_gone_between_two_words() -> None:
    """A space lowers the hand for its duration, and letters belong to their words."""
    signer = DemoSigner(" c  o ", width=160, height=120)
    first, second = signer.truth
    assert (signer.word, first.letter, second.letter) == ("C O", "C", "O")
    gone = [at_s for at_s in np.arange(first.end_s, second.start_s, 0.1) if not signer.hand_mask(at_s).any()]
    assert WORD_PAUSE_S <= gone[-1] - gone[0] + 0.1 < second.start_s - first.end_s


@pytest.mark.parametrize("coarticulated", [False, True])
def test_each_frame_has_an_exact_label(coarticulated: bool) -> None:
    """Frames are labeled by the truth's intervals; between, the hand is on the way, and it rests if it is not seen."""
    signer = DemoSigner("LO", fps=30, width=160, height=120, coarticulated=coarticulated)
    labels = [signer.label(number) for number in range(signer.frame_count)]
    middle_s = [number / 30 + signer.scene.exposure_s / 2 for number in range(signer.frame_count)]
    for label, at_s in zip(labels, middle_s, strict=True):
        assert (label.doing is Doing.LETTER) == (signer.true_letter(at_s) is not None)
        assert label.letter == (signer.true_letter(at_s) or "")
    order = [label for label, before in zip(labels, [None, *labels], strict=False) if label != before]
    way, rest = (Doing.WAY, ""), (Doing.REST, "")
    assert order == [rest, way, (Doing.LETTER, "L"), way, (Doing.LETTER, "O"), way, rest]
    for number in range(0, signer.frame_count, 7):
        if labels[number].doing is Doing.REST:
            assert signer.hand_mask(middle_s[number]).sum() <= 40
        else:
            assert signer.hand_mask(middle_s[number]).any()


def test_a_coarticulated_hand_keeps_its_size() -> None:
    """The palm is as large in a fist as in an open hand, which together fit the guide box."""
    signer = DemoSigner("BA", seed=1, coarticulated=True, scene=make_varied_scene(1, 640, 480, yaw=0.0, below=0.0))
    open_hand, fist = (signer.hand_mask((true.start_s + true.end_s) / 2) for true in signer.truth)
    (tall, _), (short, _) = (np.ptp(np.nonzero(mask), axis=1) for mask in (open_hand, fist))
    assert 0.5 < short / tall < 0.8
    guide = guide_square(640, 480)
    assert tall * LEVELS < guide.side


def test_a_sleeve_and_paint_have_their_own_colors() -> None:
    """The forearm of a hand with a blue sleeve is blue, its hand is not."""
    scene = make_varied_scene(2, 640, 480, yaw=0.0, below=0.0, face=False)
    blue = np.array([0.6, 0.1, 0.1], np.float32)
    scene = replace(scene, sleeve=Sleeve(0.9, blue), nails=None, exposure_s=1 / 60, aside=(0.0, 0.0))
    signer = DemoSigner("B", scene=scene, coarticulated=True)
    true = signer.truth[0]
    picture = signer.render((true.start_s + true.end_s) / 2).astype(float)
    rows, columns = np.nonzero(signer.hand_mask((true.start_s + true.end_s) / 2))
    bottom = picture[470:, int(columns.mean() * LEVELS) - 3 : int(columns.mean() * LEVELS) + 3].mean(axis=(0, 1))
    palm = picture[int(rows.mean() * LEVELS), int(columns.mean() * LEVELS)]
    assert bottom[0] > 2 * bottom[2]
    assert palm[2] > palm[0]


def test_a_long_shutter_blurs_a_hand_that_moves() -> None:
    """On the way down, the hand is blurred more by a shutter of 1/15 s than by one of 1/120 s."""
    edges = []
    for exposure_s in (1 / 120, 1 / 15):
        scene = replace(make_scene(0, 320, 240), noise=0.0, exposure_s=exposure_s)
        signer = DemoSigner("V", width=320, height=240, scene=scene, coarticulated=True)
        picture = luma_of(signer.render(signer.truth[0].end_s + 0.12))
        edges.append(float(np.abs(np.diff(picture.astype(float), axis=0)).max()))
    assert edges[1] < 0.7 * edges[0]


def test_a_motion_of_ones_own_is_filmed() -> None:
    """Truth and duration are those of the given motion."""
    motion = CoarticulatedMotion([Hold("V", 2.0, 2.6, True)], np.random.default_rng(0))
    signer = DemoSigner("V", motion=motion)
    assert signer.truth == motion.truth
    assert signer.duration_s == motion.duration_s
