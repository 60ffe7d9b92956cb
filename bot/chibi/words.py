"""Common words of anime tags that the drawings never show: the tokenizer knows them, so they cost little."""

from __future__ import annotations

COMMON_WORDS = """
absurdly adult against air alternate angel angry animal ankle apple apron arm armor arms around ascot
autumn back backpack bag ball balloon bandage bangs bare bat bed bell belt bench between bicycle bird
black blanket blazer blossom blunt blush boat book boots bottle bow bowl bowtie box braid branch bread
breath bridge bright brooch bubble building bunny butterfly buttons cafe cake camera candle candy cape
car cardigan carrying castle cat chair chest child choker circle cloak clothes cloudy coat coffee collar
collared colored commentary cover crescent crossed cup curly curtains cute dagger dancing dappled dark
deer demon depth desert desk detached dog double dragon drink drinking earrings ears eating elf
embarrassed emblem expression expressionless extended eye eyebrows eyelashes face facing fairy falling
fang fangs fantasy feather fence festival field finger fire fireworks fish flag floating floral flower
flowers flying focus food foot forest fountain fox frills fruit fur game garden ghost gloves glowing
gradient grass grin ground guitar halo hand hands haori happy head headband headphones heart heels
highres hill hood horns horse house ice intricate island jacket japanese jewelry jumping kitchen knee
lace lake lamp lantern leaf leaning leaves leg legs letterbox light lights lion lips looking lying magic
magical maid male mask mecha medium microphone monochrome motion mountain mug multicolored multiple music
neck necklace necktie ninja nose ocean one open orange outfit outline outstretched over own paint
painting palm pants parasol park parted path petals phone piano picnic pillow plaid plant plants plate
playing pleated pocket pointing pointy pool princess profile puffy rabbit railing rain rainbow reading
reflection ribbon ring river road robe robot rock roof rooftop room rose ruins running sad sailor sand
sandals scarf scenery school serafuku shadow shelf ship shirt shoes shop short shorts shoulder side
sidelocks simple sitting skirt sky sleeping sleeveless sleeves smiling snowflake socks soft sparkling
spread spring squirrel stairs standing star stars steam stone street striped stuffed style suit summer
sun sunflower sunglasses sunlight sunset surprised sweat sweater sword table tail tea tears teddy teeth
temple tied tongue towel tower town train tree trees turtle twin two umbrella under uniform upper valley
very vest view village vines wading walking wall water waves weapon wearing wet wide wind windy wings
winter witch wizard wolf woman wood wooden wrist writing young yukata zoo
"""
