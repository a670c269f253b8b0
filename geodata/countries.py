"""Countries a returnee may have lived in or been infected in, as few as the work needs.

Codes are ISO 3166-1 alpha-2 and alpha-3; Khmer names follow the Unicode Common Locale Data Repository,
shortened where an everyday name is shorter. A country that is not here is matched by nothing; an
administrator resolves its spelling to `abroad`.
"""

from __future__ import annotations

from dataclasses import dataclass

#: Any country that has no code of its own here.
ABROAD = "abroad"
HOME = "KH"


@dataclass(frozen=True)
class Country:
    """One country, or `abroad`, which has no alpha-3 code."""

    code: str
    alpha3: str
    name_en: str
    name_km: str

    def name(self, lang: str = "en") -> str:
        """Name in English or Khmer."""
        return self.name_km if lang == "km" else self.name_en


#: Every country by code: Cambodia, its neighbours, where Cambodians work, and `abroad` last.
COUNTRIES: dict[str, Country] = {
    country.code: country
    for country in (
        Country(HOME, "KHM", "Cambodia", "កម្ពុជា"),
        Country("TH", "THA", "Thailand", "ថៃ"),
        Country("LA", "LAO", "Laos", "ឡាវ"),
        Country("VN", "VNM", "Vietnam", "វៀតណាម"),
        Country("MY", "MYS", "Malaysia", "ម៉ាឡេស៊ី"),
        Country("MM", "MMR", "Myanmar", "មីយ៉ាន់ម៉ា"),
        Country("CN", "CHN", "China", "ចិន"),
        Country("KR", "KOR", "South Korea", "កូរ៉េខាងត្បូង"),
        Country("JP", "JPN", "Japan", "ជប៉ុន"),
        Country("SG", "SGP", "Singapore", "សិង្ហបុរី"),
        Country("BN", "BRN", "Brunei", "ព្រុយណេ"),
        Country("ID", "IDN", "Indonesia", "ឥណ្ឌូណេស៊ី"),
        Country("PH", "PHL", "Philippines", "ហ្វ៊ីលីពីន"),
        Country("HK", "HKG", "Hong Kong", "ហុងកុង"),
        Country("MO", "MAC", "Macao", "ម៉ាកាវ"),
        Country("TW", "TWN", "Taiwan", "តៃវ៉ាន់"),
        Country("IN", "IND", "India", "ឥណ្ឌា"),
        Country("BD", "BGD", "Bangladesh", "បង់ក្លាដែស"),
        Country("SA", "SAU", "Saudi Arabia", "អារ៉ាប៊ីសាអូឌីត"),
        Country("AE", "ARE", "United Arab Emirates", "អេមីរ៉ាតអារ៉ាប់រួម"),
        Country("QA", "QAT", "Qatar", "កាតា"),
        Country("KW", "KWT", "Kuwait", "កូវ៉ែត"),
        Country("LB", "LBN", "Lebanon", "លីបង់"),
        Country("AU", "AUS", "Australia", "អូស្ត្រាលី"),
        Country("FR", "FRA", "France", "បារាំង"),
        Country("US", "USA", "United States", "សហរដ្ឋអាមេរិក"),
        Country("CF", "CAF", "Central African Republic", "សាធារណរដ្ឋអាហ្វ្រិកកណ្ដាល"),
        Country("ML", "MLI", "Mali", "ម៉ាលី"),
        Country("SS", "SSD", "South Sudan", "ស៊ូដង់ខាងត្បូង"),
        Country(ABROAD, "", "Another country", "ប្រទេសផ្សេង"),
    )
}
