"""Words that stand in a date: names of months and weekdays, and words for day, month, year and era."""

from __future__ import annotations

from surveillance.sameness import letters

_ENGLISH = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
    "november", "december",
)  # fmt: skip
_KHMER = (
    "មករា", "កុម្ភៈ", "មីនា", "មេសា", "ឧសភា", "មិថុនា", "កក្កដា", "សីហា", "កញ្ញា", "តុលា", "វិច្ឆិកា", "ធ្នូ",
)  # fmt: skip
_THAI = (
    "มกราคม", "กุมภาพันธ์", "มีนาคม", "เมษายน", "พฤษภาคม", "มิถุนายน", "กรกฎาคม", "สิงหาคม", "กันยายน", "ตุลาคม",
    "พฤศจิกายน", "ธันวาคม",
)  # fmt: skip
#: As registers write them: the first letters with dots.
_THAI_SHORT = (
    "ม.ค.", "ก.พ.", "มี.ค.", "เม.ย.", "พ.ค.", "มิ.ย.", "ก.ค.", "ส.ค.", "ก.ย.", "ต.ค.", "พ.ย.", "ธ.ค.",
)  # fmt: skip
_LAO = (
    "ມັງກອນ", "ກຸມພາ", "ມີນາ", "ເມສາ", "ພຶດສະພາ", "ມິຖຸນາ", "ກໍລະກົດ", "ສິງຫາ", "ກັນຍາ", "ຕຸລາ", "ພະຈິກ", "ທັນວາ",
)  # fmt: skip
#: What a Thai month ends in: people leave it out in speech and in notes.
_THAI_ENDINGS = ("พันธ์", "คม", "ยน")


def _without_ending(name: str) -> str:
    return next((name.removesuffix(ending) for ending in _THAI_ENDINGS if name.endswith(ending)), name)


_SPELLED: dict[str, int] = {
    spelling: number
    for number, (english, khmer, thai, short, lao) in enumerate(
        zip(_ENGLISH, _KHMER, _THAI, _THAI_SHORT, _LAO, strict=True), start=1
    )
    for spelling in (
        english, english[:3], khmer, lao, thai, _without_ending(thai), short, short[:-1],
        short.replace(".", ""),
    )
} | {"sept": 9, "កុម្ភះ": 2, "កុម្ភ": 2, "មិនា": 3, "ឩសភា": 5}  # fmt: skip
#: Every spelling of a month, in the form in which texts are compared -> its number.
MONTHS: dict[str, int] = {letters(spelling): number for spelling, number in _SPELLED.items()}
_WEEKDAYS_KHMER = ("ច័ន្ទ", "ចន្ទ", "អង្គារ", "ពុធ", "ព្រហស្បតិ៍", "ព្រហស្បត្តិ៍", "សុក្រ", "សៅរ៍", "អាទិត្យ")
_WEEKDAYS_THAI = ("จันทร์", "อังคาร", "พุธ", "พฤหัสบดี", "พฤหัส", "ศุกร์", "เสาร์", "อาทิตย์")
#: A weekday before the day adds nothing.
WEEKDAY = (
    r"^(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?\b\.?|(?:ថ្ងៃ|วัน)?(?:"
    + "|".join(map(letters, (*_WEEKDAYS_KHMER, *_WEEKDAYS_THAI)))
    + r"))[\s,]*"
)
#: Neither do the words for day, month, year and era, nor the Thai one for "o'clock".
WORDS = (
    r"ថ្ងៃទី|ថ្ងៃ|ទី|ខែ|ឆ្នាំ|ព\.ស\.?|គ\.ស\.?|วันที่|วัน|ที่|เดือน|ปี|พ\.\s?ศ\.?|พุทธศักราช|ค\.\s?ศ\.?|คริสต์ศักราช|ວັນທີ|ເດືອນ|ປີ"
    r"|(?<=\d)\s?น\.?(?=\s|$)|พศ(?=\s?\d)|คศ(?=\s?\d)|\b(?:b\.?e\.?|a\.?d\.?|c\.?e\.?)(?=\s|$)"
)
#: Day and month by number, each with its word in Khmer or Thai; then the year.
LABELLED = (
    r"(?:ថ្ងៃទី|ថ្ងៃ|ទី|วันที่|ที่)\s*(\d{1,2})[\s,]*(?:ខែ(?:ទី)?|เดือน(?:ที่)?)\s*(\d{1,2})[\s,]*"
    r"(?:(?:ឆ្នាំ|ព\.ស\.?|គ\.ស\.?|ปี|พ\.\s?ศ\.?|ค\.\s?ศ\.?)\s*)+(\d{4}|\d\d)"
)
