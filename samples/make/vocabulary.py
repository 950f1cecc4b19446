"""What the pre-training speech says: random word sequences, never a held-out sentence.

Half of the words come from the training phrasings (single words, and runs of two or three), the others from a list
of common English words, sentence templates over them, and Debian's word list for rare sounds.
"""

import collections
import functools
import pathlib

from phrasings import HELD_OUT, TRAIN, words

COMMON = (
    "a able about above across act after again against age ago air all almost along already also although always am "
    "among an and animal another answer any anyone anything apple april are area arm around arrive as ask at august "
    "autumn away baby back bad bag ball bank basket be beach bear beautiful because become bed been before begin "
    "behind believe below beside best better between beyond bicycle bird birthday black blue board boat body book "
    "both bottle bottom box boy bread break breakfast bridge bright bring brother brown build building bus busy but "
    "butter buy by cake call came camera can captain car care carry cat catch caught cause centre chair chance "
    "cheap cheese child children choice church city class clean clear climb clock close cloud coat coffee cold "
    "college colour come common complete cook cool copy corner cost could count country course cover cow cry cup cut "
    "dance danger dark daughter day dear december decide deep desk did different difficult dinner dirty do doctor "
    "dog done door doubt down draw dream dress drink drive dry during each ear early earth east easy eat edge egg "
    "eight eighteen eighty either eleven else empty end engine enjoy enough enter equal even evening ever every "
    "exactly example except eye face fact fall family famous far farm fast father february feel feet few field fifteen "
    "fifty fight fill film find fine finger finish fire first fish five flat floor flower fly follow food foot for "
    "force forest forget form forty forward found four fourteen free fresh friday friend from front fruit full funny "
    "game garden gave general get girl give glad glass go goes gold gone good got grass great green grey ground group "
    "grow guess guest had hair half hall hand happen happy hard has hat have he head health hear heart heat heavy "
    "height held help her here high hill him his history hit hold hope horse hospital hot hotel hour how however "
    "hundred hungry hurry ice idea if important in inside into is island it its january job juice july jump june just "
    "keep key kind king kitchen knee knew knife know lady lake land language large last late laugh law lead learn "
    "leave left leg lesson let letter level library lie life lift light like line lion list listen little long look "
    "lose lot loud love low lucky lunch machine made magazine main man many map march mark market matter may me mean "
    "measure meat medicine meet member memory men middle might mile milk million mind minute miss mistake moment "
    "monday month moon more morning most mother mountain mouth move mr much music must my name narrow nation nature "
    "near neck neighbour neither never news newspaper next nice night nine nineteen ninety no noise north nose not "
    "note nothing november now number nurse object ocean october of off offer office often oil old on once one onion "
    "only open or orange order other our out outside over own page paint pair paper parent park part party pass past "
    "path peace pencil people pepper perfect perhaps person photograph piano pick picture piece pink place plan plane "
    "plant plate play please pleasure pocket point police poor possible potato pound power present president pretty "
    "price prince probably promise public pull purple push put quarter queen question quick quiet quite rabbit race "
    "radio rain raise reach read real reason red remember repeat rest rice rich ride right ring river road rock roof "
    "room rose round rule run sad safe said salt same sand saw say school science sea season second see sell send "
    "sense september serve seven seventeen seventy several shall shape sharp she sheep ship shirt shoe shop short "
    "should shoulder shout show sick side sign silver simple since sing single sister sit six sixteen sixty size skin "
    "sky sleep slow small smell smile smoke snow so soap soft soldier some something sometimes son song soon sorry "
    "sound soup south space speak special spell spend spoon sport spring square stairs stand star start station stay "
    "step still stone stop store storm story straight strange street strong student study such sugar suit summer sun "
    "sunday sure surprise sweet swim table take talk tall taste taxi tea teach team teeth telephone television tell "
    "ten test than thank that the their them then there these they thick thin thing think third thirteen thirsty "
    "thirty this those though thousand three through throw thursday ticket time tired to together told tomorrow "
    "tonight too took top touch towards town toy train travel tree trip trouble true trust try tuesday turn twelve "
    "twenty two uncle under understand university until up upon us use usual valley vegetable very village visit voice "
    "wait walk wall want war warm was wash watch water way we wear weather wednesday week weight well went were west "
    "wet what wheel when where whether which while white who whole whose why wide wife wild will win wind window "
    "winter with without woman wonder wood word work world worry would write wrong year yellow yes yet you young "
    "your zero zoo"
).split()

_TEMPLATES = (
    "the {a} {n} {v} the {n}", "i {v} a {a} {n}", "{q} did the {n} {v}", "we {v} {p} the {n} every {t}",
    "they {v} my {n} and your {n}", "please {v} the {n} on {t}", "{q} is the {n} of the {n}", "is there a {n} {p} the {n}",
    "my {n} is {a} and {a}", "she will {v} a {n} for you", "do you {v} the {a} {n}", "{q} can i {v} the {n}",
)  # fmt: skip
_CATEGORIES = {
    "a": "able old new small large different wrong broken frozen daily monthly recent latest current direct joint high "
    "low mobile small cold warm quiet green blue happy poor direct postal foreign shared",
    "n": "account card bill loan payment deposit limit balance address app business company machine transfer purchase "
    "wallet phone bank branch holiday country house husband wife partner debit error screen cash money interest "
    "transaction garden bridge river teacher window table school doctor train letter shop kitchen insurance",
    "v": "open close change check pay send move freeze block lock raise list show borrow transfer deposit withdraw "
    "cancel update find take carry follow visit cover build paint travel crash work",
    "p": "in under near behind at over from with outside",
    "q": "how when where why",
    "t": "day week month year morning summer saturday friday monday",
}
_HELD_OUT = [words(sentence) for sentences in HELD_OUT.values() for sentence in sentences]
_WORD_LIST = pathlib.Path("/usr/share/dict/american-english")


@functools.cache
def _phrasings():
    return [words(sentence) for sentences in TRAIN.values() for sentence in sentences]


@functools.cache
def _weighted():
    """The words of the training phrasings, each weighted by the square root of its count."""
    counts = collections.Counter(word for phrasing in _phrasings() for word in phrasing)
    names = sorted(counts)
    weights = [counts[name] ** 0.5 for name in names]
    return names, [weight / sum(weights) for weight in weights]


@functools.cache
def _rare():
    lines = _WORD_LIST.read_text().split()
    return [word for word in lines if word.isascii() and word.isalpha() and word.islower() and 3 <= len(word) <= 9]


def vocabulary():
    """The words with a class of their own: those of the training phrasings and the common ones, sorted."""
    templates = " ".join(_TEMPLATES).replace("{", " ").replace("}", " ").split()
    categories = [word for names in _CATEGORIES.values() for word in names.split()]
    return sorted({*_weighted()[0], *COMMON, *categories, *(word for word in templates if len(word) > 1 or word in "ai")})


def random_words(rng):
    """The words of one utterance, 3 to 9 of them."""
    while True:
        sequence = _draw(rng)
        if not any(_contains(sequence, sentence) for sentence in _HELD_OUT + _phrasings()):
            return sequence


def _draw(rng):
    kind, count = rng.random(), int(rng.integers(4, 9))
    names, weights = _weighted()
    if kind < 0.40:
        return [str(word) for word in rng.choice(names, count, p=weights)]
    if kind < 0.62:
        return _runs(rng, count)
    if kind < 0.78:
        return _template(rng)
    if kind < 0.92:
        return [COMMON[rng.integers(len(COMMON))] for _ in range(count)]
    rare = _rare()
    return [rare[rng.integers(len(rare))] for _ in range(max(3, count - 2))]


def _runs(rng, count):
    sequence = []
    while len(sequence) < count:
        phrasing = _phrasings()[rng.integers(len(_phrasings()))]
        start = rng.integers(len(phrasing) - 1)
        sequence += phrasing[start : start + int(rng.integers(2, 4))]
    return sequence


def _template(rng):
    sequence = []
    for word in _TEMPLATES[rng.integers(len(_TEMPLATES))].split():
        choices = _CATEGORIES[word[1]].split() if word.startswith("{") else [word]
        sequence.append(choices[rng.integers(len(choices))])
    return sequence


def _contains(sequence, sentence):
    size = len(sentence)
    return any(sequence[i : i + size] == sentence for i in range(len(sequence) - size + 1))
