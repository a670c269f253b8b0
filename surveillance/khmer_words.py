"""How files write in Khmer what the vocabulary names in English: by the English name.

What the pages show in Khmer can be read from a file, too (a test compares the two). `None` is left out: its
word also says that nothing is known.
"""

from __future__ import annotations

from collections.abc import Mapping

#: Stands before the names of diseases, or does not.
_DISEASE = "ជំងឺ"
_DISEASES = {
    "Malaria": ("គ្រុនចាញ់",),
    "Tuberculosis": ("របេង", "របេងសួត"),
    "HIV": ("មេរោគអេដស៍", "អេដស៍", "មេរោគហ៊ីវ", "មេរោគអេដស៍/អេដស៍"),
    "Syphilis": ("ស្វាយ",),
    "Hepatitis B": ("រលាកថ្លើមប្រភេទ B", "រលាកថ្លើម B", "រលាកថ្លើមប្រភេទបេ", "រលាកថ្លើមបេ"),
    "Hepatitis C": ("រលាកថ្លើមប្រភេទ C", "រលាកថ្លើម C", "រលាកថ្លើមប្រភេទសេ", "រលាកថ្លើមសេ"),
    "Dengue": ("គ្រុនឈាម",),
    "Measles": ("កញ្ជ្រិល", "កញ្ជ្រឹល"),
    "COVID-19": ("កូវីដ-១៩", "កូវីដ-19", "កូវីដ១៩", "កូវីដ19", "កូវីដ"),
    "Influenza-like illness": ("ស្រដៀងផ្តាសាយ", "ស្រដៀងផ្ដាសាយ"),
    "Severe acute respiratory infection": ("រលាកផ្លូវដង្ហើមស្រួចស្រាវធ្ងន់ធ្ងរ",),
    "Acute watery diarrhoea": ("រាគរាវស្រួចស្រាវ", "រាករាវស្រួចស្រាវ"),
    "Cholera": ("អាសន្នរោគ",),
}
KHMER: Mapping[str, tuple[str, ...]] = {
    **{
        name: tuple(before + word for before in ("", _DISEASE) for word in said)
        for name, said in _DISEASES.items()
    },
    "Female": ("ស្រី", "ស", "ស្ត្រី", "នារី"),
    "Male": ("ប្រុស", "ប", "បុរស"),
    "Other": ("ផ្សេងទៀត", "ផ្សេងៗ"),
    "Unknown": ("មិនដឹង", "មិនស្គាល់"),
    "Resident more than a year": ("ស្នាក់នៅលើសមួយឆ្នាំ",),
    "Migrant, 6 to 12 months": ("ចំណាកស្រុក 6 ទៅ 12 ខែ", "ចំណាកស្រុក ៦ ទៅ ១២ ខែ"),
    "Mobile, less than 6 months": ("ចល័ត តិចជាង 6 ខែ", "ចល័ត តិចជាង ៦ ខែ"),
    "Seasonal farm work": ("កសិកម្មតាមរដូវ",),
    "Construction or mine": ("សំណង់ ឬរ៉ែ", "សំណង់"),
    "Forest": ("ព្រៃឈើ",),
    "Factory": ("រោងចក្រ",),
    "Fishing": ("នេសាទ",),
    "Domestic work": ("ការងារផ្ទះ",),
    "Security forces": ("កងកម្លាំងសន្តិសុខ",),
    "Visitor": ("អ្នកទស្សនា",),
    "Accompanying child": ("កុមារដែលទៅជាមួយ",),
    "Outbound": ("ចេញទៅក្រៅ",),
    "Returning by choice": ("ត្រឡប់ដោយស្ម័គ្រចិត្ត",),
    "Deported": ("ត្រូវបានបញ្ជូនត្រឡប់",),
    "Daily cross-border commuter": ("ឆ្លងដែនប្រចាំថ្ងៃ",),
    "Internal": ("ក្នុងប្រទេស",),
    "Current": ("បច្ចុប្បន្ន",),
    "Regular": ("ប្រក្រតី",),
    "Irregular": ("មិនប្រក្រតី",),
    "Withdrawn": ("បានដកវិញ", "ដកវិញ"),
    "Suspected": ("សង្ស័យ",),
    "Probable": ("ប្រហែលជា",),
    "Confirmed": ("បានបញ្ជាក់",),
    "Imported": ("ឆ្លងពីក្រៅប្រទេស",),
    "Introduced": ("ឆ្លងបន្តពីករណីក្រៅប្រទេស",),
    "Indigenous": ("ឆ្លងក្នុងស្រុក",),
    "Relapsing": ("លាប់ឡើងវិញ",),
    "Induced": ("ឆ្លងតាមឈាម",),
    "Cured": ("ជាសះស្បើយ",),
    "Treatment completed": ("បានបញ្ចប់ការព្យាបាល",),
    "Recovered": ("ធូរស្បើយ",),
    "Died": ("ស្លាប់",),
    "Treatment failed": ("ព្យាបាលមិនបានផល",),
    "Lost to follow-up": ("បាត់ការតាមដាន",),
    "Transferred out": ("បានផ្ទេរចេញ",),
    "Not evaluated": ("មិនបានវាយតម្លៃ",),
    "Moved to second-line treatment": ("បានប្តូរទៅការព្យាបាលជួរទីពីរ", "បានប្ដូរទៅការព្យាបាលជួរទីពីរ"),
    "Still on treatment": ("កំពុងព្យាបាល",),
    "Rapid diagnostic test": ("តេស្តរហ័ស",),
    "Microscopy": ("មីក្រូទស្សន៍",),
    "Molecular test": ("តេស្តម៉ូលេគុល",),
    "Culture": ("ការបណ្តុះមេរោគ", "ការបណ្ដុះមេរោគ"),
    "Serology": ("តេស្តសេរ៉ូម",),
    "Radiography": ("ថតកាំរស្មីអ៊ិច",),
    "Clinical diagnosis": ("រោគវិនិច្ឆ័យតាមរោគសញ្ញា",),
}
