using BodyCam.Mqtt.Codec;

namespace BodyCam.Mqtt.Tests.Codec;

public class TopicTests
{
    // The examples of section 4.7.1 and 4.7.2.
    [Theory]
    [InlineData("sport/tennis/player1/#", "sport/tennis/player1", true)]
    [InlineData("sport/tennis/player1/#", "sport/tennis/player1/ranking", true)]
    [InlineData("sport/tennis/player1/#", "sport/tennis/player1/score/wimbledon", true)]
    [InlineData("sport/#", "sport", true)]
    [InlineData("#", "anything/at/all", true)]
    [InlineData("sport/tennis/+", "sport/tennis/player1", true)]
    [InlineData("sport/tennis/+", "sport/tennis/player1/ranking", false)]
    [InlineData("sport/+", "sport", false)]
    [InlineData("sport/+", "sport/", true)]
    [InlineData("+/+", "/finance", true)]
    [InlineData("/+", "/finance", true)]
    [InlineData("+", "/finance", false)]
    [InlineData("#", "$SYS/monitor", false)]
    [InlineData("+/monitor/Clients", "$SYS/monitor/Clients", false)]
    [InlineData("$SYS/#", "$SYS/monitor", true)]
    [InlineData("$SYS/monitor/+", "$SYS/monitor/Clients", true)]
    [InlineData("ACCOUNTS", "Accounts", false)]
    public void Filters_select_as_the_text_says(string filter, string topic, bool expected)
    {
        Assert.Equal(expected, MqttTopic.Matches(filter, topic));
        var tree = new BodyCam.Mqtt.Endpoint.MqttTopicTree();
        var session = new BodyCam.Mqtt.Endpoint.MqttSession("s", new("s", "s"), new());
        tree.Set(new(session, new(filter, MqttQos.AtMostOnce), Identifier: null));
        var found = new List<BodyCam.Mqtt.Endpoint.MqttSubscription>();
        tree.Match(topic, found);
        Assert.Equal(expected, found.Count == 1);
        tree.Remove(session, filter);
        found.Clear();
        tree.Match(topic, found);
        Assert.Empty(found);
    }

    [Theory]
    [InlineData("#", true)]
    [InlineData("+", true)]
    [InlineData("/", true)]
    [InlineData("+/tennis/#", true)]
    [InlineData("sport/tennis#", false)]
    [InlineData("sport/tennis/#/ranking", false)]
    [InlineData("sport+", false)]
    [InlineData("", false)]
    public void Filter_syntax_is_that_of_section_4_7_1(string filter, bool valid) => Assert.Equal(valid, MqttTopic.IsValidFilter(filter));
}
