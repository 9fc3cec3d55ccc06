"""Words that hold a sentence together and say little themselves, of the languages that the models read and write."""

from __future__ import annotations

# Universal Dependencies' adpositions, auxiliaries, conjunctions, determiners and particles. English: all words of the
# English PUD treebank that are mostly these.
_ENGLISH = """
a about above across after against all along alongside although among an and another any as at because before behind
below beside besides between beyond but by despite down during each every except for from if in inside into like near
no not of off on onboard onto opposite or out outside over per regardless round since some than that the these this
those though through throughout to toward towards under unless unlike until up upon via whatever whereas whether while
whilst with within without both either nary
am are be been being ca can cannot could did do does had has have having is may might must shall should was were will
wo would
"""
_GERMAN = """
ab aber allem allen aller alles als am an ans auch auf aus außer bei beim bevor bis da damit das dass daß dem den denn
der des die dies diese diesem diesen dieser dieses doch durch ein eine einem einen einer eines entweder für gegen hinter
im in indem ins jede jedem jeden jeder jedes kein keine keinem keinen keiner keines mit nach nachdem neben nicht ob
obwohl oder ohne seit so sobald sondern sowie statt trotz über um und unter vom von vor während wegen weil welche
welcher welches wenn wie zu zum zur zwischen
bin bist dürfen darf hat hatte hatten habe haben ist kann können konnte konnten mag möchte muss müssen musste sein sei
sind soll sollen sollte sollten war waren wäre werde werden will wird wollen wollte worden wurde wurden würde würden
"""
_KOREAN = "그 그래서 그러나 그런데 그리고 또 또는 및 이 저 즉 하지만 혹은"
FUNCTION_WORDS = frozenset((_ENGLISH + _GERMAN + _KOREAN).split())
