// Enclosure of the WROVER-E recorder. All lengths in mm.
// x: width, seen from the front to the right; y: height, up; z: depth, 0 at the wearer's side of the inside, growing to the front.
// Parts: body, lid, clip, recordCap, noteCap, serviceCap, collar, ring; views: assembly, exploded; checks, both must be empty: collisions, overlaps.
part = "exploded";

/* [Modules: width, height, depth. Measure yours; the sources are in README.md] */
battery      = [51, 65, 8];        // 2500 mAh pouch cell
batterySwell = 1;                  // room for an old cell
charger      = [36, 33, 7];        // bq24074 breakout, plug to the right
plate        = [55.6, 66, 1];      // insulating plate over the cell, polycarbonate or fish paper
carrier      = [50, 70, 1.6];      // perfboard, 5 cm x 7 cm
controller   = [27.9, 54.4, 7.4];  // ESP32-DevKitC on soldered headers: 2.5 plastic + 1.6 board + 3.3 module
antenna      = 6.5;                // length of the module's antenna: nothing metal in front of it or behind it
camera       = [34, 24, 1.6];      // ArduCAM Mini 2MP Plus, board
cameraPins   = 3;                  // cut header pins behind it
lens         = [14, 20];           // diameter of the barrel, length from the board's front
lensHolder   = [16, 16, 10];
cardBoard    = [25.4, 20, 3.6];    // microSD breakout with socket
cardSlot     = [14, 3];            // opening: height, depth
clock        = [17.6, 23, 6];      // DS3231 breakout with CR1220
gauge        = [17.8, 25.4, 5];    // MAX17048 breakout
regulator    = [12.7, 15.3, 6.4];  // S9V11F3S5CMA
microphone   = [14, 4];            // diameter, depth
buzzer       = [13, 7];            // diameter, depth
button       = [12, 12, 4];        // tactile switch, body without actuator
plunger      = 7.3;                // from the switch's base to the top of its plunger
buttonBoard  = 1.6;
usbC         = [9.6, 4];           // opening for the charging plug
slideSwitch  = [6, 13, 7];         // power switch: into the case, along the wall, depth
slideSlot    = [9, 4];             // opening for its lever: along the wall, depth

/* [Case] */
wall = 2.2; lidThick = 2.4; lip = 1.6; gap = 0.25; round = 5;
inside = [68, 114, 34.5];
screwHole = 2.1; screwHead = 4.6; boss = 6.4; // M2.5 x 8 into plastic
clipBolt = 3.2;
flange = 1.2; stand = plunger + flange + 0.3; // the caps rest 0.3 mm above the plungers

$fn = 48;

// --- places of the modules, lower left back corner ---
batteryAt    = [8.5, 2, 0.4];
chargerAt    = [inside[0] - charger[0] - 0.6, 74, 1.5];
plateAt      = [6.2, 8, batteryAt[2] + battery[2] + batterySwell + 0.1];
carrierAt    = [9, 8, plateAt[2] + plate[2] + 2]; // 2 mm of solder tails
controllerAt = [carrierAt[0], carrierAt[1] + carrier[1] + antenna - controller[1], carrierAt[2] + carrier[2]]; // antenna beyond the carrier's edge
clockAt      = [carrierAt[0] + 30, carrierAt[1] + 2, carrierAt[2] + carrier[2]];
gaugeAt      = [carrierAt[0] + 30, carrierAt[1] + 26.5, carrierAt[2] + carrier[2]];
regulatorAt  = [carrierAt[0] + 32, carrierAt[1] + 53, carrierAt[2] + carrier[2]];
cameraAt     = [inside[0] - camera[0] - 5, 84.8, inside[2] + lidThick + 1.4 - lens[1] - camera[2]];
cardAt       = [0.4, 87.5, 20];
microphoneAt = [14, 105, inside[2] - microphone[1] - 0.2];
lensCentre   = [cameraAt[0] + camera[0] / 2, cameraAt[1] + camera[1] / 2];
recordCentre = [34, 52]; noteCentre = [34, 26];
recordLedAt  = [10, 91]; statusLedAt = [21, 91]; buzzerAt = [52, 72];
chargerPort  = [chargerAt[1] + charger[1] / 2, chargerAt[2] + 3.2];
servicePort  = [controllerAt[0] + controller[0] / 2, controllerAt[2] + 5.6]; // the controller's own USB, through the bottom
serviceHole  = [13, 9];
switchAt     = [inside[0] - slideSwitch[0], 50, 24];

module roundBox(size, r) { hull() for (x = [r, size[0] - r], y = [r, size[1] - r]) translate([x, y, 0]) cylinder(r = r, h = size[2]); }
module corners() { for (x = [boss / 2 - 0.4, inside[0] - boss / 2 + 0.4], y = [boss / 2 - 0.4, inside[1] - boss / 2 + 0.4]) translate([x, y, 0]) children(); }

module body() {
    difference() {
        union() {
            difference() {
                translate([-wall, -wall, -wall]) roundBox([inside[0] + 2 * wall, inside[1] + 2 * wall, inside[2] + wall], round);
                roundBox([inside[0], inside[1], inside[2] + 1], round - wall);
            }
            corners() cylinder(d = boss, h = inside[2] - lip - gap);
            // rails for the insulating plate
            for (x = [batteryAt[0] - 2.4, batteryAt[0] + battery[0] + 0.4]) translate([x, 8, 0]) cube([2, 60, plateAt[2]]);
            // stop above the cell
            translate([batteryAt[0], batteryAt[1] + battery[1] + 1, 0]) cube([battery[0], 2, battery[2] + batterySwell]);
            // shelf under the camera's board: a rib on the left, a ledge on the wall above the charger on the right
            translate([cameraAt[0] - 2.2, cameraAt[1] + 4, -0.1]) cube([2, 16, cameraAt[2] + camera[2] + 0.1]);
            hull() {
                translate([inside[0], cameraAt[1] + 4, chargerAt[2] + charger[2] + 1]) cube([0.5, 16, cameraAt[2] + camera[2] - chargerAt[2] - charger[2] - 1]);
                translate([cameraAt[0] + camera[0] + 0.2, cameraAt[1] + 4, cameraAt[2] + camera[2] - 2]) cube([1, 16, 2]);
            }
            // rails under the card's board
            translate([cardAt[0] - 0.4, cardAt[1] - 2.2, 0]) cube([cardBoard[0], 2, cardAt[2] + 1.6]);
            translate([cardAt[0] - 0.4, cardAt[1] + cardBoard[1] + 0.2, 0]) cube([cardBoard[0], 2, cardAt[2] + 1.6]);
        }
        corners() translate([0, 0, 8]) cylinder(d = screwHole, h = inside[2]);
        translate([-wall - 1, cardAt[1] + (cardBoard[1] - cardSlot[0]) / 2, cardAt[2] + 1.4]) cube([wall + 2, cardSlot[0], cardSlot[1]]);
        translate([inside[0] - 1, chargerPort[0] - usbC[0] / 2, chargerPort[1] - usbC[1] / 2]) cube([wall + 2, usbC[0], usbC[1]]);
        translate([inside[0] - 1, switchAt[1] + (slideSwitch[1] - slideSlot[0]) / 2, switchAt[2] + (slideSwitch[2] - slideSlot[1]) / 2]) cube([wall + 2, slideSlot[0], slideSlot[1]]);
        for (y = [92, 104]) translate([18, y, -wall - 1]) cylinder(d = clipBolt, h = wall + 2);
        translate([servicePort[0] - serviceHole[0] / 2, -wall - 1, servicePort[1] - serviceHole[1] / 2]) cube([serviceHole[0], wall + 2, serviceHole[1]]);
    }
}

module lid() {
    difference() {
        union() {
            translate([-wall, -wall, 0]) roundBox([inside[0] + 2 * wall, inside[1] + 2 * wall, lidThick], round);
            translate([gap, gap, -lip]) difference() {
                roundBox([inside[0] - 2 * gap, inside[1] - 2 * gap, lip + 0.1], round - wall);
                translate([1.6, 1.6, -1]) roundBox([inside[0] - 2 * gap - 3.2, inside[1] - 2 * gap - 3.2, lip + 2], round - wall);
            }
            // posts for the two button boards
            for (at = [recordCentre, noteCentre], x = [-11, 11]) translate([at[0] + x, at[1], -stand]) cylinder(d = 5, h = stand + 0.1);
            // seat of microphone and buzzer
            for (seat = [[microphoneAt, microphone[0]], [buzzerAt, buzzer[0]]]) translate([seat[0][0], seat[0][1], -2]) difference() { cylinder(d = seat[1] + 2.4, h = 2.1); translate([0, 0, -1]) cylinder(d = seat[1] + 0.4, h = 4); }
        }
        corners() { translate([0, 0, -lip - 1]) cylinder(d = boss + 2 * gap + 0.4, h = lip + 1); translate([0, 0, -1]) cylinder(d = 2.9, h = lidThick + 2); translate([0, 0, lidThick - 1.4]) cylinder(d = screwHead, h = 3); }
        translate([lensCentre[0], lensCentre[1], -1]) cylinder(d = lens[0] + 0.8, h = 10);
        translate([recordCentre[0], recordCentre[1], -1]) cylinder(d = 16.6, h = 6);
        translate([noteCentre[0], noteCentre[1], -1]) cylinder(d = 10.6, h = 6);
        for (at = [recordLedAt, statusLedAt]) translate([at[0], at[1], -1]) cylinder(d = 5.1, h = 6);
        translate([microphoneAt[0], microphoneAt[1], -1]) cylinder(d = 1.6, h = 6);
        for (x = [-4, 0, 4]) translate([buzzerAt[0] + x - 0.8, buzzerAt[1] - 4, -1]) cube([1.6, 8, 6]);
        for (at = [recordCentre, noteCentre], x = [-11, 11]) translate([at[0] + x, at[1], -stand - 1]) cylinder(d = 1.7, h = stand);
    }
}

// Glued to the front, so that the lid prints flat: shields the lens from knocks and side light; lets the record button be found without looking.
module collar() { difference() { cylinder(d = lens[0] + 7, h = 2.5); translate([0, 0, -1]) cylinder(d = lens[0] + 0.8, h = 5); } }
module ring() { difference() { cylinder(d = 24, h = 1.3); translate([0, 0, -1]) cylinder(d = 20, h = 4); } }

// A cap stands in its hole, its flange keeps it inside.
module cap(diameter, height) { cylinder(d = diameter, h = height); cylinder(d = diameter + 3, h = flange); }
module recordCap() { cap(16, lidThick + 3.4); }
module noteCap() { cap(10, lidThick + 2.2); }

// Pressed into the service hole; a drop of silicone keeps it there.
module serviceCap() { translate([-serviceHole[0] / 2 - 1.5, -serviceHole[1] / 2 - 1.5, 0]) cube([serviceHole[0] + 3, serviceHole[1] + 3, 1.2]); translate([-serviceHole[0] / 2 + 0.15, -serviceHole[1] / 2 + 0.15, 0]) cube([serviceHole[0] - 0.3, serviceHole[1] - 0.3, 1.2 + wall]); }

module clip() {
    difference() {
        union() {
            roundBox([24, 46, 3], 3);                                        // plate on the back
            translate([0, 40, 0]) roundBox([24, 6, 9], 2.9);                 // bridge
            hull() { translate([0, 40, 6.4]) roundBox([24, 6, 2.6], 2.9); translate([2, -18, 6.4]) roundBox([20, 6, 2.6], 2.9); } // tongue
            translate([2, -18, 4.6]) roundBox([20, 4, 2.4], 1.9);            // nose
        }
        for (y = [24, 36]) translate([12, y, -1]) { cylinder(d = clipBolt, h = 6); translate([0, 0, 2.6]) cylinder(d = 6.4, h = 3); translate([0, 0, 6]) cylinder(d = 7, h = 8); }
    }
}

// Bought parts as blocks: [name, place, size, colour]; a size of two numbers is a cylinder's diameter and length.
parts = [
    ["battery", batteryAt, battery, "silver"],
    ["charger", chargerAt, charger, "midnightblue"],
    ["insulating plate", plateAt, plate, "ivory"],
    ["nut of the clip", [18, 92, 0], [6.4, 3], "gray"],
    ["nut of the clip", [18, 104, 0], [6.4, 3], "gray"],
    ["carrier", carrierAt, carrier, "peru"],
    ["controller", controllerAt, controller - [0, antenna, 0], "dimgray"],
    ["antenna", controllerAt + [5, controller[1] - antenna, 4], [18, antenna, 1], "gold"],
    ["clock", clockAt, clock, "darkslateblue"],
    ["gauge", gaugeAt, gauge, "seagreen"],
    ["regulator", regulatorAt, regulator, "yellowgreen"],
    ["camera", cameraAt, camera, "royalblue"],
    ["camera pins", [cameraAt[0] + 6, cameraAt[1] + 0.5, cameraAt[2] - cameraPins], [camera[0] - 12, 2.5, cameraPins], "gold"],
    ["lens holder", [lensCentre[0] - lensHolder[0] / 2, lensCentre[1] - lensHolder[1] / 2, cameraAt[2] + camera[2]], lensHolder, "slategray"],
    ["lens", [lensCentre[0], lensCentre[1], cameraAt[2] + camera[2] + lensHolder[2]], [lens[0], lens[1] - lensHolder[2]], "black"],
    ["card", cardAt, cardBoard, "purple"],
    ["microphone", microphoneAt, microphone, "khaki"],
    ["buzzer", [buzzerAt[0], buzzerAt[1], inside[2] - buzzer[1] - 0.2], buzzer, "black"],
    ["record board", [recordCentre[0] - 14, recordCentre[1] - 7, inside[2] - stand - 0.1 - buttonBoard], [28, 14, buttonBoard], "peru"],
    ["record switch", [recordCentre[0] - button[0] / 2, recordCentre[1] - button[1] / 2, inside[2] - stand], button, "black"],
    ["note board", [noteCentre[0] - 14, noteCentre[1] - 7, inside[2] - stand - 0.1 - buttonBoard], [28, 14, buttonBoard], "peru"],
    ["note switch", [noteCentre[0] - button[0] / 2, noteCentre[1] - button[1] / 2, inside[2] - stand], button, "black"],
    ["record plunger", [recordCentre[0], recordCentre[1], inside[2] - stand + button[2]], [7, plunger - button[2]], "white"],
    ["note plunger", [noteCentre[0], noteCentre[1], inside[2] - stand + button[2]], [7, plunger - button[2]], "white"],
    ["REC LED", [recordLedAt[0], recordLedAt[1], inside[2] + lidThick - 7], [5, 8.6], "red"],
    ["status LED", [statusLedAt[0], statusLedAt[1], inside[2] + lidThick - 7], [5, 8.6], "limegreen"],
    ["power switch", switchAt, slideSwitch, "gray"],
];

module one(i) { translate(parts[i][1]) if (len(parts[i][2]) == 2) cylinder(d = parts[i][2][0], h = parts[i][2][1]); else cube(parts[i][2]); }
module modules() { for (i = [0 : len(parts) - 1]) color(parts[i][3]) one(i); }
module closedCase() { body(); translate([0, 0, inside[2]]) lid(); translate([lensCentre[0], lensCentre[1], inside[2] + lidThick]) collar(); translate([recordCentre[0], recordCentre[1], inside[2] - flange]) recordCap(); translate([noteCentre[0], noteCentre[1], inside[2] - flange]) noteCap(); }
// A part shrunk by 0.02 mm, so that parts that only touch do not count.
module shy(i) { translate([0.01, 0.01, 0.01]) translate(parts[i][1]) if (len(parts[i][2]) == 2) cylinder(d = parts[i][2][0] - 0.02, h = parts[i][2][1] - 0.02); else cube(parts[i][2] - [0.02, 0.02, 0.02]); }

if (part == "body") body();
else if (part == "lid") rotate([180, 0, 0]) lid();
else if (part == "clip") rotate([0, -90, 0]) clip();
else if (part == "recordCap") recordCap();
else if (part == "noteCap") noteCap();
else if (part == "serviceCap") serviceCap();
else if (part == "collar") collar();
else if (part == "ring") ring();
else if (part == "collisions") intersection() { closedCase(); for (i = [0 : len(parts) - 1]) shy(i); }
else if (part == "overlaps") for (i = [0 : len(parts) - 2], j = [i + 1 : len(parts) - 1]) intersection() { shy(i); shy(j); }
else {
    apart = part == "exploded" ? 1 : 0;
    color("lightsteelblue") body();
    translate([0, 0, apart * 38]) modules();
    translate([0, 0, inside[2] + apart * 96]) {
        color("lightsteelblue") lid();
        color("slategray") { translate([lensCentre[0], lensCentre[1], lidThick + 0.01]) collar(); translate([recordCentre[0], recordCentre[1], lidThick + 0.01]) ring(); }
        translate([recordCentre[0], recordCentre[1], -flange - apart * 26]) color("firebrick") recordCap();
        translate([noteCentre[0], noteCentre[1], -flange - apart * 26]) color("goldenrod") noteCap();
    }
    color("steelblue") translate([30, 68, -wall - apart * 26]) rotate([0, 180, 0]) clip();
    color("goldenrod") translate([servicePort[0], -wall - 1.2 - apart * 14, servicePort[1]]) rotate([-90, 0, 0]) serviceCap();
}
