"""What the demo shop sells: 60 products in 8 categories, in three currencies."""

from typing import NamedTuple


class Good(NamedTuple):
    """A product: `price` in minor units of its category's currency, `pieces` on hand at the beginning."""

    sku: str
    name: str
    price: int
    weight_g: int
    pieces: int
    description: str


class Shelf(NamedTuple):
    """A category and what is in it."""

    slug: str
    name: str
    currency: str
    goods: tuple[Good, ...]


SHELVES = (
    Shelf(
        "kitchen",
        "Kitchen",
        "EUR",
        (
            Good("KIT-01", "Oak chopping board", 3_490, 1_450, 120, "End grain, oiled, with a groove for the juice."),
            Good("KIT-02", "Cast-iron pan, 26 cm", 5_900, 2_600, 60, "Seasoned twice; lasts longer than its owner."),
            Good("KIT-03", "Linen apron", 3_950, 320, 90, "Washed linen with one pocket that is large enough."),
            Good("KIT-04", "Bread knife", 4_400, 180, 75, "Serrated, 22 cm, with a walnut handle."),
            Good("KIT-05", "Enamel colander", 2_650, 700, 80, "White with a blue rim, stands on three feet."),
            Good("KIT-06", "Salad servers", 1_890, 140, 140, "A pair in olive wood."),
            Good(
                "KIT-07", "Measuring jug, 1 l", 1_450, 430, 160, "Glass; millilitres on one side, ounces on the other."
            ),
            Good("KIT-08", "Rolling pin", 1_990, 520, 4, "Beech, in one piece and without handles."),
        ),
    ),
    Shelf(
        "tableware",
        "Tableware",
        "EUR",
        (
            Good("TAB-01", "Stoneware mug", 1_690, 380, 300, "Holds 30 cl and keeps warm for as long as a chapter."),
            Good("TAB-02", "Dinner plate", 1_850, 650, 240, "Stoneware, 27 cm, matt outside and glazed inside."),
            Good("TAB-03", "Soup bowl", 1_590, 480, 220, "Deep enough for ramen."),
            Good("TAB-04", "Water carafe", 2_990, 820, 70, "Hand-blown, one litre, with a stopper."),
            Good("TAB-05", "Wine glasses, four", 3_600, 760, 65, "Thin where it matters, fit for the dishwasher."),
            Good("TAB-06", "Linen napkins, six", 2_790, 300, 110, "Hemmed by hand, softer with every wash."),
            Good("TAB-07", "Salt and pepper mills", 4_850, 540, 45, "Ceramic grinders in ash."),
            Good("TAB-08", "Serving dish", 3_950, 1_300, 0, "Oval, 38 cm, from the oven to the table."),
        ),
    ),
    Shelf(
        "living",
        "Living",
        "EUR",
        (
            Good("LIV-01", "Wool throw", 8_900, 1_150, 40, "New wool from Portugal, 130 × 180 cm."),
            Good("LIV-02", "Cushion cover", 2_450, 210, 150, "Heavy linen, 50 × 50 cm, hidden zip."),
            Good("LIV-03", "Table lamp", 12_900, 2_100, 25, "Brass and opal glass, dimmable."),
            Good("LIV-04", "Candle holder", 1_950, 410, 130, "Blackened steel, for tall candles."),
            Good("LIV-05", "Beeswax candles, eight", 2_200, 640, 170, "They burn for nine hours and smell of summer."),
            Good("LIV-06", "Picture frame A4", 1_790, 520, 95, "Solid ash with real glass."),
            Good("LIV-07", "Jute basket", 2_990, 900, 55, "For wood, toys or laundry."),
            Good("LIV-08", "Wall clock", 6_400, 780, 30, "Silent movement, 30 cm."),
        ),
    ),
    Shelf(
        "bath",
        "Bath",
        "EUR",
        (
            Good("BAT-01", "Bath towel", 2_990, 540, 200, "Waffle cotton, 70 × 140 cm, dries in an hour."),
            Good("BAT-02", "Olive soap", 690, 150, 500, "Cured for nine months; nothing in it but oil and ash."),
            Good("BAT-03", "Nail brush", 890, 60, 180, "Beech and boar bristle."),
            Good("BAT-04", "Bath mat", 3_450, 980, 60, "Heavy cotton terry."),
            Good("BAT-05", "Soap dish", 1_250, 240, 100, "Soapstone, with a drain."),
            Good("BAT-06", "Laundry bag", 1_990, 260, 85, "Unbleached cotton with a drawstring."),
            Good("BAT-07", "Hand mirror", 2_650, 330, 3, "Round, in walnut."),
        ),
    ),
    Shelf(
        "garden",
        "Garden",
        "EUR",
        (
            Good("GAR-01", "Hand trowel", 1_890, 310, 140, "Forged in one piece, ash handle."),
            Good("GAR-02", "Secateurs", 4_200, 260, 70, "Replaceable blade, for left and right hands."),
            Good("GAR-03", "Watering can, 5 l", 3_790, 1_200, 50, "Galvanised, with a brass rose."),
            Good("GAR-04", "Seed box", 2_490, 850, 60, "Beech, twelve compartments, one for each month."),
            Good("GAR-05", "Terracotta pot, 18 cm", 990, 1_100, 260, "Frost-proof, with a saucer."),
            Good("GAR-06", "Twine, 100 m", 450, 190, 400, "Jute on a wooden spool."),
            Good("GAR-07", "Leather gloves", 2_850, 230, 90, "Goatskin; supple when wet and when dry again."),
        ),
    ),
    Shelf(
        "children",
        "Children",
        "EUR",
        (
            Good("CHI-01", "Building blocks, 50", 3_900, 2_400, 80, "Maple offcuts in eleven shapes."),
            Good("CHI-02", "Wooden train", 2_650, 620, 95, "An engine and two carriages, no batteries."),
            Good("CHI-03", "Rag doll", 3_200, 280, 45, "Cotton and wool; takes her hat off."),
            Good("CHI-04", "Skipping rope", 1_150, 200, 150, "Hemp with turned handles."),
            Good("CHI-05", "Crayons, twelve", 850, 170, 320, "Beeswax; break them and go on drawing."),
            Good("CHI-06", "Memory game", 1_790, 350, 110, "Thirty pairs of animals, printed on card."),
            Good("CHI-07", "Kite", 2_250, 240, 70, "Ripstop, with a tail of 12 m."),
        ),
    ),
    Shelf(
        "tea",
        "Tea and coffee",
        "GBP",
        (
            Good("TEA-01", "Breakfast tea, 250 g", 890, 280, 350, "Assam and Kenya, whole leaf."),
            Good("TEA-02", "Earl Grey, 250 g", 950, 280, 300, "With the oil of real bergamot."),
            Good("TEA-03", "Teapot, 1 l", 3_400, 890, 40, "Stoneware, with a spout that does not drip."),
            Good("TEA-04", "House espresso, 1 kg", 2_600, 1_050, 180, "Roasted on Tuesdays."),
            Good("TEA-05", "Coffee dripper", 1_850, 360, 90, "Porcelain, for one or two cups."),
            Good("TEA-06", "Filter papers, 100", 420, 120, 600, "Unbleached, size 2."),
            Good("TEA-07", "Tea towel, pair", 1_600, 180, 160, "Irish linen."),
        ),
    ),
    Shelf(
        "paper",
        "Stationery",
        "USD",
        (
            Good("PAP-01", "Notebook A5", 1_450, 260, 400, "160 dotted pages that lie flat."),
            Good("PAP-02", "Pencils, twelve", 990, 110, 350, "Cedar, HB."),
            Good("PAP-03", "Fountain pen", 4_900, 90, 50, "Steel nib, cartridge or converter."),
            Good("PAP-04", "Ink, 50 ml", 1_290, 210, 120, "Blue-black, for documents."),
            Good("PAP-05", "Letter paper, 50", 1_850, 420, 140, "Laid paper with fifty envelopes."),
            Good("PAP-06", "Desk calendar", 1_690, 330, 200, "One month a page, with moon phases."),
            Good("PAP-07", "Brass ruler", 1_150, 120, 5, "15 cm and 6 inches."),
            Good("PAP-08", "Washi tape, five", 890, 100, 260, "Five patterns that come off again."),
        ),
    ),
)
"""Some are nearly sold out, and SOLD_OUT is."""

SOLD_OUT = "TAB-08"
