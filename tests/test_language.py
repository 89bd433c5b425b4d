"""Which language a written call is in: English is never turned away, other languages are told."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_review.capture.language import FEWEST_LETTERS, language_of

SAMPLES = Path(__file__).parent.parent / "sample_calls" / "references.jsonl"
DIALOGUES = {
    "es": "buenos días gracias por llamar le atiende marisol en qué puedo ayudarle hola mire es "
    "que me han cobrado dos veces la factura de abril y ya llamé la semana pasada y nadie "
    "me ha devuelto nada entiendo que sea molesto me dice su número de cliente por favor "
    "sí es el cuatro siete nueve uno de acuerdo veo los dos cargos hoy mismo le devuelvo "
    "uno",
    "fr": "bonjour merci de votre appel je suis camille comment puis-je vous aider bonjour "
    "voilà mon colis devait arriver mardi et il n'est toujours pas là j'ai attendu toute "
    "la journée je comprends c'est vraiment pénible pouvez-vous me donner le numéro de la "
    "commande oui c'est le trois huit deux six merci je vois qu'il est resté au dépôt je "
    "le fais livrer demain",
    "de": "guten tag sie sprechen mit frau lehmann was kann ich für sie tun ja hallo mein "
    "internet fällt seit drei tagen jeden abend aus und ich arbeite von zu hause das tut "
    "mir leid dann schauen wir gleich nach sagen sie mir bitte ihre kundennummer das ist "
    "die fünf null acht zwei danke ich sehe die störung der techniker kommt am donnerstag "
    "zwischen acht und zehn",
    "it": "buongiorno sono giulia come posso aiutarla buongiorno guardi ho ricevuto una "
    "bolletta altissima e non capisco perché il mese scorso ho pagato la metà ha ragione "
    "vediamo subito insieme mi può dire il codice cliente sì è sette due zero quattro "
    "grazie vedo che la lettura era stimata la correggo e le mando la nuova bolletta "
    "entro venerdì",
    "pt": "bom dia obrigado por ligar o meu nome é duarte em que posso ajudar bom dia olhe eu "
    "queria mudar a consulta de quinta porque não consigo sair do trabalho a essa hora "
    "claro não há problema nenhum diga-me por favor a sua data de nascimento é doze de "
    "maio de oitenta e um obrigado tenho uma vaga na sexta de manhã às nove e meia serve- "
    "lhe",
    "nl": "goedemorgen u spreekt met femke waarmee kan ik u helpen goedemorgen ja ik heb een "
    "brief gekregen dat ik nog moet betalen maar ik heb het vorige maand al overgemaakt "
    "wat vervelend dat ga ik meteen voor u nakijken mag ik uw klantnummer ja dat is drie "
    "drie negen acht dank u ik zie de betaling staan u hoeft niets meer te doen",
    "pl": "dzień dobry mówi agnieszka w czym mogę pomóc dzień dobry chciałabym zgłosić że od "
    "rana nie mamy ciepłej wody i nikt nie odbiera telefonu bardzo mi przykro zaraz to "
    "sprawdzę proszę podać adres ulica lipowa siedemnaście mieszkania cztery dziękuję "
    "widzę awarię w całym bloku ekipa będzie dzisiaj do godziny szesnastej oddzwonię do "
    "pani i potwierdzę",
    "ja": "お電話ありがとうございます担当の中村ですどのようなご用件でしょうかあのう先週注文した"
    "荷物がまだ届かないんですけど大変申し訳ございませんすぐにお調べしますのでご注文番号を"
    "教えていただけますかはい六二一八ですありがとうございます配送所に残っているようですの"
    "で明日の午前中にお届けいたします",
}
ENGLISH = {
    "numbers and names": "hi its wojciech kowalczyk account four four one nine two zero date of "
    "birth ninth of the third eighty six postcode s k one four d q thanks",
    "short and broken": "hello yeah um i i rung yesterday about the boiler right okay and whats "
    "the postcode please",
    "a chat": "hey order 55821 hasnt arrived tracking says delivered?? sorry 2 hear that can u "
    "confirm the address pls",
    "dialect": "aye so ah wis oan tae ye last week hen an naebody ever rang us back so they didnae",
    "american": "thanks for calling this is brianna how can i help you today yeah hi my cable went "
    "out again y'all said it was fixed",
}


def plain(text: str) -> str:
    return " ".join(re.findall(r"[\w']+", text.lower()))


@pytest.mark.parametrize("language", DIALOGUES)
@pytest.mark.parametrize("form", ["lower", "whole", "first half"])
def test_another_language_is_told(language: str, form: str) -> None:
    text = DIALOGUES[language]
    text = text.capitalize() + "." if form == "whole" else text
    text = text[: len(text) // 2] if form == "first half" else text
    found, probability = language_of(text)
    assert found == language
    assert 0.7 <= probability <= 1


@pytest.mark.parametrize("name", ENGLISH)
def test_short_lower_case_english_is_english(name: str) -> None:
    found, probability = language_of(ENGLISH[name])
    assert found == "en"
    assert 0.7 <= probability <= 1


@pytest.mark.parametrize("line", SAMPLES.read_text().splitlines(), ids=lambda line: line[8:30])
def test_every_sample_call_is_english_however_it_is_written(line: str) -> None:
    turns = json.loads(line)["turns"]
    text = " ".join(turn["text"] for turn in turns)
    for form in (text, text.lower(), plain(text), text.upper()):
        assert language_of(form)[0] == "en"


@pytest.mark.parametrize(
    "text",
    ["", " ", "yes", "okay thanks bye", "hola buenos días", "12 345 678 " * 30, "はい", "?!" * 99],
)
def test_too_little_text_is_left_undecided(text: str) -> None:
    assert language_of(text) == ("und", 0.0)


def test_forty_letters_are_enough() -> None:
    assert language_of("a" * (FEWEST_LETTERS - 1)) == ("und", 0.0)
    assert language_of("can you tell me when the engineer is coming please")[0] == "en"


@given(st.text(max_size=300))
def test_any_text_has_one_answer_and_always_the_same(text: str) -> None:
    language, probability = language_of(text)
    assert (language, probability) == language_of(text)
    assert language and 0 <= probability <= 1
    assert (language == "und") == (probability == 0)


def test_a_very_long_text_is_no_slower_than_its_beginning() -> None:
    assert language_of("good morning how can i help " * 100_000)[0] == "en"
