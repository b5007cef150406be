"""Makes zh.otf: of Noto Sans CJK SC the letters of the Chinese catalogue.

The PNGs are drawn with it on machines without fonts. Run it again when a letter is missing, which a test tells
(`report::chart::face`):

    apt-get download fonts-noto-cjk && dpkg -x fonts-noto-cjk_*.deb noto
    pip install fonttools
    python3 src/report/chart/face/subset.py noto/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc
"""

import pathlib
import sys
import tomllib

from fontTools import subset

HERE = pathlib.Path(__file__).parent
# Of the collection's fonts the one with the forms of simplified Chinese.
SIMPLIFIED = 2

catalogue = tomllib.loads((HERE / "../../lang/zh.toml").resolve().read_text(encoding="utf-8"))
letters = {letter for text in catalogue.values() for letter in text if ord(letter) > 0x7F}

options = subset.Options()
options.font_number = SIMPLIFIED
options.hinting = False
options.desubroutinize = True
options.layout_features = []
options.drop_tables += ["vhea", "vmtx", "VORG", "GSUB", "GPOS", "BASE"]
options.name_IDs = [0, 1, 2, 7, 13, 14]
options.notdef_outline = True
# The same letters give the same bytes.
options.recalc_timestamp = False

font = subset.load_font(sys.argv[1], options)
cut = subset.Subsetter(options)
cut.populate(unicodes=[ord(letter) for letter in letters])
cut.subset(font)
subset.save_font(font, str(HERE / "zh.otf"), options)
print(len(letters), "letters")
