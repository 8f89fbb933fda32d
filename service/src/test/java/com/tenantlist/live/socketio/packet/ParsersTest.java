package com.tenantlist.live.socketio.packet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Bytes of both parsers; those of MessagePack are what notepack.io 2.2.0 writes. */
class ParsersTest {
    private static final HexFormat HEX = HexFormat.of();

    private static byte[] hex(String text) {
        return HEX.parseHex(text.replace(" ", ""));
    }

    @Test
    void aConnectOfTheOfficialClientIsRead() throws Exception {
        // {type: 0, data: {token: "x"}, nsp: "/dashboard"}
        SocketPacket packet = MsgPackParser.parse(
                hex("83 a474797065 00 a464617461 81 a5746f6b656e a178 a36e7370 aa2f64617368626f617264"));
        assertThat(packet.type()).isEqualTo(SocketPacket.Type.CONNECT);
        assertThat(packet.namespace()).isEqualTo("/dashboard");
        assertThat(String.valueOf(packet.data())).isEqualTo("{\"token\":\"x\"}");
    }

    @Test
    void javascriptsUndefinedIsAbsentAndADateIsText() throws Exception {
        // {type: 2, data: ["e", undefined, new Date(0)], options: {compress: true}, id: undefined, nsp: "/"}
        SocketPacket packet = MsgPackParser.parse(hex(
                "85 a474797065 02 a464617461 93 a165 d40000 d7000000000000000000 a76f7074696f6e73 81 a8636f6d7072657373 c3"
                        + " a26964 d40000 a36e7370 a12f"));
        assertThat(packet.ackId()).isEmpty();
        assertThat(packet.eventArgs()).extracting(JsonNode::asText).containsExactly("null", "1970-01-01T00:00:00Z");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "c0",
                "01",
                "90",
                "80",
                "81a47479706502",
                // a type that is none; no namespace; data that does not fit; an id that is none
                "83a47479706505a46461746190a36e7370a12f",
                "82a47479706502a46461746191a165",
                "83a47479706502a46461746180a36e7370a12f",
                "84a47479706502a46461746191a165a26964ffa36e7370a12f",
                "84a47479706502a46461746191a165a26964a178a36e7370a12f",
                // lengths far beyond the end: string, binary, array, map, extension
                "dbffffffff",
                "c6ffffffff",
                "ddffffffff",
                "dfffffffff",
                "c9ffffffff00",
                "c97fffffff00",
                // an extension of someone else, a key that is a number, the byte that is never used, bytes behind the
                // packet
                "83a47479706502a46461746192a165d40700a36e7370a12f",
                "8101a0",
                "c1",
                "83a47479706500a46461746180a36e7370a12f00"
            })
    void bytesThatAreNoPacketAreRefused(String bytes) {
        assertThatThrownBy(() -> MsgPackParser.parse(hex(bytes))).isInstanceOf(MalformedPacketException.class);
    }

    @Test
    void nestingIsLimited() {
        byte[] arrays = new byte[10_000];
        java.util.Arrays.fill(arrays, (byte) 0x91);
        assertThatThrownBy(() -> MsgPackParser.parse(arrays)).isInstanceOf(MalformedPacketException.class);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[]|90",
                "[null,true,false]|93c0c3c2",
                "[1,-1,200,70000,9007199254740991]|9501ffccc8ce00011170cf001fffffffffffff",
                "[1.5]|91cb3ff8000000000000",
                "[\"a\",{\"b\":[]}]|92a16181a16290"
            })
    void valuesAreWrittenAsTheOfficialParserReadsThem(String json, String expected) throws Exception {
        SocketPacket packet = new SocketPacket(SocketPacket.Type.ACK, "/", TextParser.JSON.readTree(json));
        assertThat(HEX.formatHex(MsgPackParser.encode(packet)))
                .isEqualTo("83a47479706503a36e7370a12fa464617461" + expected);
    }

    @Test
    void aPacketOfBothParsersIsTheSame() throws Exception {
        JsonNode binary = JsonNodeFactory.instance.binaryNode(new byte[] {1, 2, 3});
        JsonNode nested = JsonNodeFactory.instance.objectNode().set("in", binary);
        SocketPacket packet = SocketPacket.event("/n", "e", List.of(binary, nested));
        SocketPacket unpacked = MsgPackParser.parse(MsgPackParser.encode(packet));
        assertThat(unpacked).isEqualTo(packet);
        PacketReader reader = new PacketReader(10, 1000);
        assertThat(reader.text(
                        "52-/n,[\"e\",{\"_placeholder\":true,\"num\":0},{\"in\":{\"_placeholder\":true,\"num\":1}}]"))
                .isNull();
        assertThat(reader.binary(new byte[] {1, 2, 3})).isNull();
        assertThat(reader.binary(new byte[] {1, 2, 3})).isEqualTo(packet);
    }

    @Test
    void aClientKeepsItsParser() throws Exception {
        PacketReader text = new PacketReader(10, 1000);
        text.text("0");
        assertThatThrownBy(() -> text.binary(hex("82a47479706500a36e7370a12f")))
                .isInstanceOf(MalformedPacketException.class);
        PacketReader msgpack = new PacketReader(10, 1000);
        msgpack.binary(hex("82a47479706500a36e7370a12f"));
        assertThat(msgpack.parser()).isEqualTo(Parser.MSGPACK);
        assertThatThrownBy(() -> msgpack.text("0")).isInstanceOf(MalformedPacketException.class);
    }
}
